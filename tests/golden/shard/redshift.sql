SELECT
  (
    (
      POSITION(
        SUBSTRING(MD5('it\'s-2026' || '-' || user_id) FROM 1 FOR 1) IN '0123456789abcdef'
      ) - 1
    ) * 5456 + (
      POSITION(
        SUBSTRING(MD5('it\'s-2026' || '-' || user_id) FROM 2 FOR 1) IN '0123456789abcdef'
      ) - 1
    ) * 7216 + (
      POSITION(
        SUBSTRING(MD5('it\'s-2026' || '-' || user_id) FROM 3 FOR 1) IN '0123456789abcdef'
      ) - 1
    ) * 8576 + (
      POSITION(
        SUBSTRING(MD5('it\'s-2026' || '-' || user_id) FROM 4 FOR 1) IN '0123456789abcdef'
      ) - 1
    ) * 5536 + (
      POSITION(
        SUBSTRING(MD5('it\'s-2026' || '-' || user_id) FROM 5 FOR 1) IN '0123456789abcdef'
      ) - 1
    ) * 4096 + (
      POSITION(
        SUBSTRING(MD5('it\'s-2026' || '-' || user_id) FROM 6 FOR 1) IN '0123456789abcdef'
      ) - 1
    ) * 256 + (
      POSITION(
        SUBSTRING(MD5('it\'s-2026' || '-' || user_id) FROM 7 FOR 1) IN '0123456789abcdef'
      ) - 1
    ) * 16 + (
      POSITION(
        SUBSTRING(MD5('it\'s-2026' || '-' || user_id) FROM 8 FOR 1) IN '0123456789abcdef'
      ) - 1
    ) * 1
  ) % 10000 AS bucket
