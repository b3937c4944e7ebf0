# The roles of what AWS runs here beside the functions: the clock, and the outbox's pipe.

locals {
  roles = {
    outbox = {
      service = "pipes.amazonaws.com"
      may     = "from-the-queue-to-the-bus"
      statements = [
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
    }
    scheduler = {
      service = "scheduler.amazonaws.com"
      may     = "call-the-workers"
      statements = [{
        Effect   = "Allow"
        Action   = ["lambda:InvokeFunction"]
        Resource = [for name in keys(local.by_schedule) : var.deployed[name].alias_arn]
      }]
    }
  }
}

resource "aws_iam_role" "this" {
  for_each             = local.roles
  name                 = "${var.prefix}-${each.key}"
  permissions_boundary = var.boundary_arn

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = each.value.service }
      Condition = { StringEquals = { "aws:SourceAccount" = data.aws_caller_identity.current.account_id } }
    }]
  })
}

resource "aws_iam_role_policy" "this" {
  for_each = local.roles
  name     = each.value.may
  role     = aws_iam_role.this[each.key].id
  policy   = jsonencode({ Version = "2012-10-17", Statement = each.value.statements })
}
