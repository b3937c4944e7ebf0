# Domain events on their way to the data platform: the outbox queue, a pipe, a bus. Whoever wants them adds a rule.

resource "aws_cloudwatch_event_bus" "platform" {
  name = "${var.prefix}-platform"
}

resource "aws_pipes_pipe" "outbox" {
  name     = "${var.prefix}-outbox"
  role_arn = aws_iam_role.this["outbox"].arn
  source   = aws_sqs_queue.this["outbox"].arn
  target   = aws_cloudwatch_event_bus.platform.arn

  source_parameters {
    sqs_queue_parameters {
      batch_size = 10
    }
  }

  target_parameters {
    input_template = "<$.body>"

    eventbridge_event_bus_parameters {
      source      = "dibs"
      detail_type = "$.body.type"
    }
  }

  # A pipe is refused, and not tried again, when its role may not yet take from the queue; IAM takes seconds to spread
  # that. So it comes last, minutes after the policy.
  depends_on = [aws_iam_role_policy.outbox, aws_lambda_event_source_mapping.queue]
}
