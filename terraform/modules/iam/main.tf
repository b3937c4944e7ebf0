# One role a function, with just the actions and resources of its entry in functions.json and what its source needs.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  # The path of every role that something of dibs runs in. Permissions on it are none on the roles that deploy.
  path = "/${var.prefix}/"

  # Which tables and queues an entry grants, as statements. Index ARNs are the table's with the rest behind it.
  granted = {
    for name, entry in var.functions : name => concat(
      [
        for resource, actions in try(entry.tables, {}) : {
          Effect   = "Allow"
          Action   = [for action in actions : "dynamodb:${action}"]
          Resource = join("/", concat([var.tables[split("/", resource)[0]].arn], slice(split("/", resource), 1, length(split("/", resource)))))
        }
      ],
      [
        for queue, actions in try(entry.queues, {}) : {
          Effect   = "Allow"
          Action   = [for action in actions : "sqs:${action}"]
          Resource = var.queues[queue].arn
        }
      ],
    )
  }

  sourced = {
    for name, entry in var.functions : name => (
      can(entry.source.queue) ? [{
        Effect   = "Allow"
        Action   = ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"]
        Resource = var.queues[entry.source.queue].arn
        }] : can(entry.source.stream) ? [
        {
          Effect   = "Allow"
          Action   = ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"]
          Resource = var.tables[entry.source.stream].stream_arn
        },
        {
          Effect   = "Allow"
          Action   = ["sqs:SendMessage"]
          Resource = var.stream_dead_letters_arn
        },
      ] : []
    )
  }

  secrets_read = {
    for name, secrets in var.secrets_of : name => [
      for secret in secrets : {
        Effect   = "Allow"
        Action   = ["secretsmanager:GetSecretValue"]
        Resource = var.secrets[secret]
      }
    ]
  }

  logs = {
    Effect   = "Allow"
    Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    Resource = "${var.log_group_arn}:*"
  }

  # These two know no narrower resource.
  traces = {
    Effect   = "Allow"
    Action   = ["xray:PutTelemetryRecords", "xray:PutTraceSegments"]
    Resource = "*"
  }
  interfaces = {
    Effect = "Allow"
    Action = [
      "ec2:AssignPrivateIpAddresses", "ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface",
      "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets", "ec2:UnassignPrivateIpAddresses",
    ]
    Resource = "*"
  }
}

resource "aws_iam_role" "function" {
  for_each             = var.functions
  name                 = "${var.prefix}-${each.key}"
  path                 = local.path
  permissions_boundary = aws_iam_policy.boundary.arn

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "lambda.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy" "function" {
  for_each = var.functions
  name     = "what-it-calls"
  role     = aws_iam_role.function[each.key].id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [local.logs, local.traces],
      local.granted[each.key],
      local.sourced[each.key],
      local.secrets_read[each.key],
      var.in_vpc && try(each.value.calls_out, false) ? [local.interfaces] : [],
    )
  })
}

# The most that any role here may ever do. The deploying role can make roles only under it, so that who can change the
# functions cannot give them the account.
resource "aws_iam_policy" "boundary" {
  name        = "${var.prefix}-boundary"
  description = "The most that a role of ${var.prefix} may do"

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      local.logs,
      local.traces,
      local.interfaces,
      {
        Effect = "Allow"
        Action = [
          "dynamodb:BatchGetItem", "dynamodb:ConditionCheckItem", "dynamodb:DeleteItem", "dynamodb:GetItem",
          "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem",
          "dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams",
        ]
        # `*` takes slashes too: the tables, their indexes and their streams.
        Resource = "arn:${local.here.dynamodb}:table/${var.prefix}-*"
      },
      {
        Effect   = "Allow"
        Action   = ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage", "sqs:SendMessage"]
        Resource = "arn:${local.here.sqs}:${var.prefix}-*"
      },
      {
        Effect   = "Allow"
        Action   = "secretsmanager:GetSecretValue"
        Resource = "arn:${local.here.secretsmanager}:secret:${var.prefix}/*"
      },
      # Variables and secrets are encrypted with AWS's own keys of these services. Their key policies let them be used,
      # but whether a key policy counts under a boundary is not to be relied on: without it no function would start.
      {
        Effect   = "Allow"
        Action   = "kms:Decrypt"
        Resource = "*"
        Condition = {
          StringEquals = {
            "kms:ViaService" = [for service in ["lambda", "secretsmanager"] : "${service}.${data.aws_region.current.name}.amazonaws.com"]
          }
        }
      },
      # The scheduler's role, and that of the outbox.
      {
        Effect   = "Allow"
        Action   = "lambda:InvokeFunction"
        Resource = "arn:${local.here.lambda}:function:${var.prefix}-*"
      },
      {
        Effect   = "Allow"
        Action   = "events:PutEvents"
        Resource = "arn:${local.here.events}:event-bus/${var.prefix}-*"
      },
    ]
  })
}

locals {
  # `<partition>:<service>:<region>:<account>` of the services that policies name.
  here = {
    for service in ["cloudwatch", "dynamodb", "events", "lambda", "logs", "pipes", "scheduler", "secretsmanager", "sns", "sqs"] :
    service => "${data.aws_partition.current.partition}:${service}:${data.aws_region.current.name}:${data.aws_caller_identity.current.account_id}"
  }
}
