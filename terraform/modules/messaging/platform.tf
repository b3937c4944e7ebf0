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

  depends_on = [aws_iam_role_policy.this]
}
