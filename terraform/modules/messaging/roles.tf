# Roles of the AWS services that act for dibs: EventBridge Scheduler, and the pipe of the outbox.

locals {
  roles = { outbox = "pipes.amazonaws.com", scheduler = "scheduler.amazonaws.com" }
}

resource "aws_iam_role" "this" {
  for_each             = local.roles
  name                 = "${var.context.prefix}-${each.key}"
  path                 = var.path
  permissions_boundary = var.boundary_arn

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = each.value }
      Condition = { StringEquals = { "aws:SourceAccount" = var.context.account_id } }
    }]
  })
}

# Two policies rather than one for_each, because the pipe's must not wait for the functions that the scheduler calls.
resource "aws_iam_role_policy" "outbox" {
  name = "from-the-queue-to-the-bus"
  role = aws_iam_role.this["outbox"].id

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
        Action   = ["events:PutEvents"]
        Resource = aws_cloudwatch_event_bus.platform.arn
      },
    ]
  })
}

resource "aws_iam_role_policy" "scheduler" {
  name = "call-the-workers"
  role = aws_iam_role.this["scheduler"].id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["lambda:InvokeFunction"]
      Resource = [for name in keys(local.by_schedule) : var.deployed[name].alias_arn]
    }]
  })
}

moved {
  from = aws_iam_role_policy.this["outbox"]
  to   = aws_iam_role_policy.outbox
}

moved {
  from = aws_iam_role_policy.this["scheduler"]
  to   = aws_iam_role_policy.scheduler
}
