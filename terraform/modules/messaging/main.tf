# SQS queues with their dead-letter queues.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  # ARNs that are known before the queues exist, so that a queue and its dead letters can name each other.
  queue_arns = "arn:${data.aws_partition.current.partition}:sqs:${data.aws_region.current.name}:${data.aws_caller_identity.current.account_id}:${var.prefix}"

  days_s = 24 * 60 * 60
}

resource "aws_sqs_queue" "this" {
  for_each                   = var.queues
  name                       = "${var.prefix}-${each.key}"
  visibility_timeout_seconds = each.value.visibility_s
  message_retention_seconds  = 4 * local.days_s
  sqs_managed_sse_enabled    = true

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead_letters[each.key].arn
    maxReceiveCount     = each.value.receives_max
  })
}

resource "aws_sqs_queue" "dead_letters" {
  for_each                  = var.queues
  name                      = "${var.prefix}-${each.key}-dlq"
  message_retention_seconds = 14 * local.days_s
  sqs_managed_sse_enabled   = true

  redrive_allow_policy = jsonencode({
    redrivePermission = "byQueue"
    sourceQueueArns   = ["${local.queue_arns}-${each.key}"]
  })
}

# Where it says which records of a stream were given up. The records themselves stay in the stream for 24 hours.
resource "aws_sqs_queue" "stream_dead_letters" {
  name                      = "${var.prefix}-streams-dlq"
  message_retention_seconds = 14 * local.days_s
  sqs_managed_sse_enabled   = true
}
