CREATE TEMP TABLE "recommendation_lines" (
    "user_id" VARCHAR(256),
    "item_ids" SUPER,
    "scores" SUPER,
    "error" SUPER
);

COPY "recommendation_lines" ("user_id", "item_ids", "scores", "error")
FROM 's3://lake/recs/runs/20261124/load/manifest.json'
IAM_ROLE 'arn:aws:iam::123456789012:role/winddown-copy'
MANIFEST
FORMAT AS JSON 's3://lake/recs/runs/20261124/load/jsonpaths.json'
MAXERROR AS 1000
REGION AS 'eu-west-1';

DELETE FROM "marts"."picks";

INSERT INTO "marts"."picks" ("user_id", "item_id", "rank")
SELECT l."user_id", CAST(i AS VARCHAR(256)), CAST(n AS INTEGER) + 1
FROM "recommendation_lines" AS l, l."item_ids" AS i AT n
WHERE l."user_id" IS NOT NULL;
