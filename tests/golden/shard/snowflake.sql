SELECT
  (
    (
      CHARINDEX(SUBSTRING(MD5('it\'s-2026' || '-' || user_id), 1, 1), '0123456789abcdef') - 1
    ) * 5456 + (
      CHARINDEX(SUBSTRING(MD5('it\'s-2026' || '-' || user_id), 2, 1), '0123456789abcdef') - 1
    ) * 7216 + (
      CHARINDEX(SUBSTRING(MD5('it\'s-2026' || '-' || user_id), 3, 1), '0123456789abcdef') - 1
    ) * 8576 + (
      CHARINDEX(SUBSTRING(MD5('it\'s-2026' || '-' || user_id), 4, 1), '0123456789abcdef') - 1
    ) * 5536 + (
      CHARINDEX(SUBSTRING(MD5('it\'s-2026' || '-' || user_id), 5, 1), '0123456789abcdef') - 1
    ) * 4096 + (
      CHARINDEX(SUBSTRING(MD5('it\'s-2026' || '-' || user_id), 6, 1), '0123456789abcdef') - 1
    ) * 256 + (
      CHARINDEX(SUBSTRING(MD5('it\'s-2026' || '-' || user_id), 7, 1), '0123456789abcdef') - 1
    ) * 16 + (
      CHARINDEX(SUBSTRING(MD5('it\'s-2026' || '-' || user_id), 8, 1), '0123456789abcdef') - 1
    ) * 1
  ) % 10000 AS bucket
