CREATE TEMP TABLE {{ staged | name }} (
    "user_id" VARCHAR(256),
    "item_ids" SUPER,
    "scores" SUPER,
    "error" SUPER
)
