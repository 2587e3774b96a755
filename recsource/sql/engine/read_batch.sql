read_json(
    {{ files | literal }},
    format = 'newline_delimited',
    columns = {
        input: 'STRUCT(userId VARCHAR)',
        output: 'STRUCT(recommendedItems VARCHAR[])',
        error: 'JSON'
    },
    ignore_errors = true,
    maximum_object_size = {{ longest | literal }}
)
