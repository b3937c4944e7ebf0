# Private bucket with the built web application. Only CloudFront reads it, over TLS.

resource "aws_s3_bucket" "this" {
  # The name contains the account, because names of buckets are unique in all of AWS.
  bucket = "${var.context.prefix}-web-${var.context.account_id}"
  # Every file is in the repository, and can be uploaded again. For the same reason there are no versions of objects:
  # an asset is never overwritten by another one, since its name contains the hash of its content, and an earlier
  # release is an earlier commit.
  force_destroy = true
}

# With a key of KMS, CloudFront would need a grant of its own, and each read would cost a call. What is in the bucket is
# public.
resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  bucket = aws_s3_bucket.this.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_public_access_block" "this" {
  bucket                  = aws_s3_bucket.this.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "this" {
  bucket = aws_s3_bucket.this.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_policy" "this" {
  bucket = aws_s3_bucket_public_access_block.this.bucket

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "OnlyTheDistributionReads"
        Effect    = "Allow"
        Principal = { Service = "cloudfront.amazonaws.com" }
        Action    = "s3:GetObject"
        Resource  = "${aws_s3_bucket.this.arn}/*"
        Condition = { StringEquals = { "aws:SourceArn" = var.distribution_arn } }
      },
      # To a caller who may not list the bucket, S3 answers 403 for an object that does not exist, and not 404. Nobody can
      # have the list: the function in cdn.tf never asks the bucket for its root.
      {
        Sid       = "MissingIsNotFound"
        Effect    = "Allow"
        Principal = { Service = "cloudfront.amazonaws.com" }
        Action    = "s3:ListBucket"
        Resource  = aws_s3_bucket.this.arn
        Condition = { StringEquals = { "aws:SourceArn" = var.distribution_arn } }
      },
      {
        Sid       = "OnlyOverTls"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:*"
        Resource  = [aws_s3_bucket.this.arn, "${aws_s3_bucket.this.arn}/*"]
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
    ]
  })
}
