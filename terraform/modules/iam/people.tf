# Groups of people, by choice. Who has not shown a second factor can do nothing but set one up.

locals {
  # Whatever shows or changes what stands in a table.
  touches_items = [
    "dynamodb:BatchGetItem", "dynamodb:BatchWriteItem", "dynamodb:DeleteItem", "dynamodb:ExportTableToPointInTime",
    "dynamodb:GetItem", "dynamodb:GetRecords", "dynamodb:PartiQL*", "dynamodb:PutItem", "dynamodb:Query",
    "dynamodb:RestoreTable*", "dynamodb:Scan", "dynamodb:UpdateItem",
  ]

  groups = var.enable_groups && var.account_wide ? {
    administrators = "AdministratorAccess"
    developers     = "PowerUserAccess"
    readers        = "ReadOnlyAccess"
  } : {}
}

resource "aws_iam_group" "this" {
  for_each = local.groups
  name     = "${var.prefix}-${each.key}"
}

resource "aws_iam_group_policy_attachment" "this" {
  for_each   = local.groups
  group      = aws_iam_group.this[each.key].name
  policy_arn = "arn:${data.aws_partition.current.partition}:iam::aws:policy/${each.value}"
}

resource "aws_iam_group_policy" "second_factor" {
  for_each = local.groups
  name     = "second-factor-first"
  group    = aws_iam_group.this[each.key].name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid    = "SetUpOnesOwnSecondFactor"
        Effect = "Allow"
        Action = [
          "iam:ChangePassword", "iam:CreateVirtualMFADevice", "iam:EnableMFADevice", "iam:GetUser",
          "iam:ListMFADevices", "iam:ResyncMFADevice",
        ]
        Resource = [
          "arn:${data.aws_partition.current.partition}:iam::${local.account}:user/$${aws:username}",
          "arn:${data.aws_partition.current.partition}:iam::${local.account}:mfa/*",
        ]
      },
      {
        Sid    = "NothingElseWithoutOne"
        Effect = "Deny"
        NotAction = [
          "iam:ChangePassword", "iam:CreateVirtualMFADevice", "iam:EnableMFADevice", "iam:GetUser",
          "iam:ListMFADevices", "iam:ResyncMFADevice", "sts:GetSessionToken",
        ]
        Resource  = "*"
        Condition = { BoolIfExists = { "aws:MultiFactorAuthPresent" = "false" } }
      },
    ]
  })
}

# Developers deploy through GitHub. What stands in accounts and secrets is not theirs, nor is the code that may read it.
resource "aws_iam_group_policy" "no_people_no_secrets" {
  for_each = { for name, policy in local.groups : name => policy if name != "administrators" }
  name     = "no-people-no-secrets"
  group    = aws_iam_group.this[each.key].name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Deny"
        Action   = "secretsmanager:GetSecretValue"
        Resource = "*"
      },
      {
        Effect   = "Deny"
        Action   = local.touches_items
        Resource = "${var.tables["accounts"].arn}*"
      },
      {
        Effect   = "Deny"
        Action   = ["lambda:AddPermission", "lambda:InvokeFunction", "lambda:UpdateFunction*"]
        Resource = "arn:${local.here.lambda}:function:${var.prefix}-*"
      },
    ]
  })
}
