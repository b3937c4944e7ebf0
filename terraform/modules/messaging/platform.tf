# Domain events on their way to the data platform: the outbox queue, a pipe, a bus. Whoever wants them adds a rule.

resource "aws_cloudwatch_event_bus" "platform" {
  name = "${var.prefix}-platform"
}

resource "aws_pipes_pipe" "outbox" {
  name     = "${var.prefix}-outbox"
  role_arn = aws_iam_role.outbox.arn
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

  depends_on = [aws_iam_role_policy.outbox]
}

resource "aws_iam_role" "outbox" {
  name                 = "${var.prefix}-outbox"
  permissions_boundary = var.boundary_arn

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "pipes.amazonaws.com" }
      Condition = { StringEquals = { "aws:SourceAccount" = data.aws_caller_identity.current.account_id } }
    }]
  })
}

resource "aws_iam_role_policy" "outbox" {
  name = "from-the-queue-to-the-bus"
  role = aws_iam_role.outbox.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
        Resource = aws_sqs_queue.this["outbox"].arn
      },
      {
        Effect   = "Allow"
        Action   = "events:PutEvents"
        Resource = aws_cloudwatch_event_bus.platform.arn
      },
    ]
  })
}
