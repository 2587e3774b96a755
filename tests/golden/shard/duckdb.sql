SELECT
  (
    (
      STRPOS('0123456789abcdef', SUBSTRING(MD5('it''s-2026' || '-' || user_id), 1, 1)) - 1
    ) * 5456 + (
      STRPOS('0123456789abcdef', SUBSTRING(MD5('it''s-2026' || '-' || user_id), 2, 1)) - 1
    ) * 7216 + (
      STRPOS('0123456789abcdef', SUBSTRING(MD5('it''s-2026' || '-' || user_id), 3, 1)) - 1
    ) * 8576 + (
      STRPOS('0123456789abcdef', SUBSTRING(MD5('it''s-2026' || '-' || user_id), 4, 1)) - 1
    ) * 5536 + (
      STRPOS('0123456789abcdef', SUBSTRING(MD5('it''s-2026' || '-' || user_id), 5, 1)) - 1
    ) * 4096 + (
      STRPOS('0123456789abcdef', SUBSTRING(MD5('it''s-2026' || '-' || user_id), 6, 1)) - 1
    ) * 256 + (
      STRPOS('0123456789abcdef', SUBSTRING(MD5('it''s-2026' || '-' || user_id), 7, 1)) - 1
    ) * 16 + (
      STRPOS('0123456789abcdef', SUBSTRING(MD5('it''s-2026' || '-' || user_id), 8, 1)) - 1
    ) * 1
  ) % 10000 AS bucket
