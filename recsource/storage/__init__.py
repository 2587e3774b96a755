"""Where files of the pipeline lie: a folder, or a prefix of a bucket. Only `bucket` talks to Amazon S3."""
