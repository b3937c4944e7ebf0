# Resources that an account has once: a budget, and a CloudTrail trail of calls that change resources.

locals {
  trail_arn = "arn:${var.context.partition}:cloudtrail:${var.context.region}:${var.context.account_id}:trail/${var.context.prefix}"
}

resource "aws_budgets_budget" "monthly" {
  name         = "${var.context.prefix}-monthly"
  budget_type  = "COST"
  limit_amount = var.budget_usd
  limit_unit   = "USD"
  time_unit    = "MONTHLY"

  dynamic "notification" {
    for_each = var.context.alarm_email == "" ? [] : [80, 100]

    content {
      comparison_operator        = "GREATER_THAN"
      notification_type          = "ACTUAL"
      threshold                  = notification.value
      threshold_type             = "PERCENTAGE"
      subscriber_email_addresses = [var.context.alarm_email]
    }
  }
}

resource "aws_s3_bucket" "trail" {
  bucket = "${var.context.prefix}-trail-${var.context.account_id}"
}

resource "aws_s3_bucket_server_side_encryption_configuration" "trail" {
  bucket = aws_s3_bucket.trail.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_public_access_block" "trail" {
  bucket                  = aws_s3_bucket.trail.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_lifecycle_configuration" "trail" {
  bucket = aws_s3_bucket.trail.id

  rule {
    id     = "forget"
    status = "Enabled"
    filter {}

    expiration {
      days = var.trail_days
    }
  }
}

resource "aws_s3_bucket_policy" "trail" {
  bucket = aws_s3_bucket.trail.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "TheTrailLooks"
        Effect    = "Allow"
        Action    = "s3:GetBucketAcl"
        Principal = { Service = "cloudtrail.amazonaws.com" }
        Resource  = aws_s3_bucket.trail.arn
        Condition = { StringEquals = { "aws:SourceArn" = local.trail_arn } }
      },
      {
        Sid       = "TheTrailWrites"
        Effect    = "Allow"
        Action    = "s3:PutObject"
        Principal = { Service = "cloudtrail.amazonaws.com" }
        Resource  = "${aws_s3_bucket.trail.arn}/AWSLogs/${var.context.account_id}/*"
        Condition = {
          StringEquals = {
            "aws:SourceArn" = local.trail_arn
            "s3:x-amz-acl"  = "bucket-owner-full-control"
          }
        }
      },
      {
        Sid       = "OnlyEncrypted"
        Effect    = "Deny"
        Action    = "s3:*"
        Principal = "*"
        Resource  = [aws_s3_bucket.trail.arn, "${aws_s3_bucket.trail.arn}/*"]
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
    ]
  })
}

resource "aws_cloudtrail" "this" {
  name                          = var.context.prefix
  s3_bucket_name                = aws_s3_bucket.trail.id
  is_multi_region_trail         = true
  include_global_service_events = true
  enable_log_file_validation    = true
  depends_on                    = [aws_s3_bucket_policy.trail]
}
