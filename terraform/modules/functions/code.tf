# Bucket with the zips. From local files the provider creates one function after the other, whatever the parallelism:
# half an hour for all. From a bucket it creates them in parallel.

resource "aws_s3_bucket" "code" {
  bucket = "${var.context.prefix}-code-${var.context.account_id}"
  # Lambda keeps the code of each version itself.
  force_destroy = true
}

resource "aws_s3_bucket_public_access_block" "code" {
  bucket                  = aws_s3_bucket.code.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_object" "zip" {
  for_each    = toset(values(local.binary_of))
  bucket      = aws_s3_bucket.code.id
  key         = "${each.key}.zip"
  source      = "${var.directory}/${each.key}/bootstrap.zip"
  source_hash = filebase64sha256("${var.directory}/${each.key}/bootstrap.zip")

  lifecycle {
    precondition {
      condition     = each.key != ""
      error_message = "lambda_directory: the build's zips of some functions are missing; run terraform/build first."
    }
  }
}
