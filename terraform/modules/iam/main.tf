# One role per function, with exactly the actions and resources of its entry in functions.json and of its event source.

locals {
  # Path of every role that runs something of dibs. The deploying roles are outside it, so that permissions on the path
  # do not cover them.
  path = "/${var.context.prefix}/"

  # Statements for the tables and queues of each entry. The ARN of an index is that of the table plus the rest of the
  # name.
  granted = {
    for name, entry in var.context.functions : name => concat(
      [
        for resource, actions in entry.tables : {
          Effect   = "Allow"
          Action   = [for action in actions : "dynamodb:${action}"]
          Resource = join("/", concat([var.tables[split("/", resource)[0]].arn], slice(split("/", resource), 1, length(split("/", resource)))))
        }
      ],
      [
        for queue, actions in entry.queues : {
          Effect   = "Allow"
          Action   = [for action in actions : "sqs:${action}"]
          Resource = local.queue_arns[queue]
        }
      ],
    )
  }

  # ARNs of the queues, and of the dead letters of each as `<name>-dlq`.
  queue_arns = merge(
    { for name, queue in var.queues : name => queue.arn },
    { for name, queue in var.queues : "${name}-dlq" => queue.dead_letters_arn },
  )

  sourced = {
    for name, entry in var.context.functions : name => (
      entry.source.queue != null ? [{
        Effect   = "Allow"
        Action   = ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"]
        Resource = var.queues[entry.source.queue].arn
        }] : entry.source.stream != null ? [
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

  mails = {
    Effect = "Allow"
    Action = ["ses:SendEmail"]
    Resource = [
      "arn:${local.here.ses}:identity/${var.mail_domain}",
      "arn:${local.here.ses}:configuration-set/${var.context.prefix}",
    ]
  }

  connections = {
    Effect   = "Allow"
    Action   = ["execute-api:ManageConnections"]
    Resource = var.sockets.connections_arn
  }

  logs = {
    Effect   = "Allow"
    Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    Resource = "${var.log_group_arn}:*"
  }

  # Objects are only created: a function that can neither read, list nor delete cannot leak or empty the archive.
  archive = {
    Effect   = "Allow"
    Action   = ["s3:PutObject"]
    Resource = "${var.audit_bucket_arn}/*"
  }

  # These actions support no narrower resource.
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
  for_each             = var.context.functions
  name                 = "${var.context.prefix}-${each.key}"
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
  for_each = var.context.functions
  name     = "what-it-calls"
  role     = aws_iam_role.function[each.key].id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [local.logs, local.traces],
      local.granted[each.key],
      local.sourced[each.key],
      local.secrets_read[each.key],
      each.key == "audit-archive-entries" ? [local.archive] : [],
      each.value.sends_to_sockets ? [local.connections] : [],
      var.in_vpc && each.value.calls_out ? [local.interfaces] : [],
      var.mail_domain != "" && each.value.sends_mail ? [local.mails] : [],
    )
  })
}

# Permissions boundary of all roles. The deploying role can create roles only under it, so that whoever can change
# functions cannot give them more of the account.
resource "aws_iam_policy" "boundary" {
  name        = "${var.context.prefix}-boundary"
  description = "The most that a role of ${var.context.prefix} may do"

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(var.mail_domain == "" ? [] : [local.mails], [
      local.logs,
      local.traces,
      local.interfaces,
      local.connections,
      {
        Effect = "Allow"
        Action = [
          "dynamodb:BatchGetItem", "dynamodb:ConditionCheckItem", "dynamodb:DeleteItem", "dynamodb:GetItem",
          "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem",
          "dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams",
        ]
        # `*` matches slashes too: the tables, their indexes and their streams.
        Resource = "arn:${local.here.dynamodb}:table/${var.context.prefix}-*"
      },
      {
        Effect   = "Allow"
        Action   = ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage", "sqs:SendMessage"]
        Resource = "arn:${local.here.sqs}:${var.context.prefix}-*"
      },
      {
        Effect   = "Allow"
        Action   = "secretsmanager:GetSecretValue"
        Resource = "arn:${local.here.secretsmanager}:secret:${var.context.prefix}/*"
      },
      # Variables and secrets are encrypted with keys that AWS manages for these services. Their key policies allow use,
      # but it is not documented that a key policy counts under a boundary, and without decryption no function would
      # start.
      {
        Effect   = "Allow"
        Action   = "kms:Decrypt"
        Resource = "*"
        Condition = {
          StringEquals = {
            "kms:ViaService" = [for service in ["lambda", "secretsmanager"] : "${service}.${var.context.region}.amazonaws.com"]
          }
        }
      },
      {
        Effect   = "Allow"
        Action   = "s3:PutObject"
        Resource = "arn:${var.context.partition}:s3:::${var.context.prefix}-audit-${var.context.account_id}/*"
      },
      # For the roles of the scheduler and of the outbox pipe.
      {
        Effect   = "Allow"
        Action   = "lambda:InvokeFunction"
        Resource = "arn:${local.here.lambda}:function:${var.context.prefix}-*"
      },
      {
        Effect   = "Allow"
        Action   = "events:PutEvents"
        Resource = "arn:${local.here.events}:event-bus/${var.context.prefix}-*"
      },
    ])
  })
}

locals {
  # `<partition>:<service>:<region>:<account>` of the services that policies name.
  here = {
    for service in ["cloudwatch", "dynamodb", "events", "lambda", "logs", "pipes", "scheduler", "secretsmanager", "ses", "sns", "sqs"] :
    service => "${var.context.partition}:${service}:${var.context.region}:${var.context.account_id}"
  }
}
