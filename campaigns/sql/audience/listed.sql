-- The suppression list as the ledger keeps it, each address once and in the order of the ledger's index.
SELECT
    -- As `ground.address.address_key`.
    substr(sha256(lower(trim(email, ' '))), 1, 32) AS address_key,
    min(reason) AS reason
FROM suppressions
GROUP BY 1
ORDER BY 1
