# Way of domain events to the data platform: outbox queue, pipe, event bus. A consumer adds a rule to the bus.
# A message is the detail of one entry on the bus: {"type", "events"}, or one event alone (docs/events.md).

resource "aws_cloudwatch_event_bus" "platform" {
  name = "${var.context.prefix}-platform"
}

# Events of the last days, from which a consumer gets those since a time again (docs/events.md).
resource "aws_cloudwatch_event_archive" "platform" {
  count            = var.event_archive_days > 0 ? 1 : 0
  name             = aws_cloudwatch_event_bus.platform.name
  event_source_arn = aws_cloudwatch_event_bus.platform.arn
  retention_days   = var.event_archive_days
}

resource "aws_pipes_pipe" "outbox" {
  name     = "${var.context.prefix}-outbox"
  role_arn = aws_iam_role.this["outbox"].arn
  source   = aws_sqs_queue.this["outbox"].arn
  target   = aws_cloudwatch_event_bus.platform.arn

  source_parameters {
    sqs_queue_parameters {
      # A call of PutEvents takes 256 KB, and one message may have 200.
      batch_size = 1
    }
  }

  target_parameters {
    input_template = "<$.body>"

    eventbridge_event_bus_parameters {
      source      = "dibs"
      detail_type = "$.body.type"
    }
  }

  # Creation of a pipe fails, without a retry, if its role may not yet receive from the queue, and IAM changes take
  # seconds to spread. So the pipe comes last, minutes after the policy.
  depends_on = [aws_iam_role_policy.outbox, aws_lambda_event_source_mapping.queue]
}
