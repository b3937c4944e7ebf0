# SQS queues with their dead-letter queues.

locals {
  # Prefix of queue ARNs. It is known before the queues exist, so that a queue and its dead-letter queue can refer to
  # each other.
  queue_arns = "arn:${var.context.partition}:sqs:${var.context.region}:${var.context.account_id}:${var.context.prefix}"

  days_s = 24 * 60 * 60
}

resource "aws_sqs_queue" "this" {
  for_each                   = var.queues
  name                       = "${var.context.prefix}-${each.key}"
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
  name                      = "${var.context.prefix}-${each.key}-dlq"
  message_retention_seconds = 14 * local.days_s
  sqs_managed_sse_enabled   = true

  redrive_allow_policy = jsonencode({
    redrivePermission = "byQueue"
    sourceQueueArns   = ["${local.queue_arns}-${each.key}"]
  })
}

# Notifications about stream records that no retry could process. The records themselves stay in the stream for 24
# hours.
resource "aws_sqs_queue" "stream_dead_letters" {
  name                      = "${var.context.prefix}-streams-dlq"
  message_retention_seconds = 14 * local.days_s
  sqs_managed_sse_enabled   = true
}
