# Optional groups of people. A member without a second factor can do nothing but set one up.

locals {
  # Actions that return, change or export items of a table.
  touches_items = [
    "dynamodb:BatchGetItem", "dynamodb:BatchWriteItem", "dynamodb:ConditionCheckItem", "dynamodb:CreateBackup",
    "dynamodb:CreateGlobalTable", "dynamodb:CreateTableReplica", "dynamodb:DeleteItem",
    "dynamodb:EnableKinesisStreamingDestination", "dynamodb:ExportTableToPointInTime", "dynamodb:GetItem", "dynamodb:GetRecords",
    "dynamodb:ImportTable", "dynamodb:PartiQL*", "dynamodb:PutItem", "dynamodb:PutResourcePolicy", "dynamodb:Query",
    "dynamodb:ReadDataForReplication", "dynamodb:RestoreTable*", "dynamodb:Scan", "dynamodb:SearchVectors",
    "dynamodb:UpdateItem", "dynamodb:WriteDataForReplication",
  ]
  # Tables with personal data, money and coupon codes. Only the functions and administrators may access their items.
  kept_tables = ["accounts", "rewards", "wallet"]

  groups = var.enable_groups && var.account_wide ? {
    administrators = "AdministratorAccess"
    developers     = "PowerUserAccess"
    readers        = "ReadOnlyAccess"
  } : {}
}

resource "aws_iam_group" "this" {
  for_each = local.groups
  name     = "${var.context.prefix}-${each.key}"
}

resource "aws_iam_group_policy_attachment" "this" {
  for_each   = local.groups
  group      = aws_iam_group.this[each.key].name
  policy_arn = "arn:${var.context.partition}:iam::aws:policy/${each.value}"
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
          "arn:${var.context.partition}:iam::${var.context.account_id}:user/$${aws:username}",
          "arn:${var.context.partition}:iam::${var.context.account_id}:mfa/*",
        ]
      },
      # The console lists both before a user can set up a second factor.
      {
        Sid      = "FindTheWayThere"
        Effect   = "Allow"
        Action   = ["iam:ListUsers", "iam:ListVirtualMFADevices"]
        Resource = "*"
      },
      {
        Sid    = "NothingElseWithoutOne"
        Effect = "Deny"
        NotAction = [
          "iam:ChangePassword", "iam:CreateVirtualMFADevice", "iam:EnableMFADevice", "iam:GetUser",
          "iam:ListMFADevices", "iam:ListUsers", "iam:ListVirtualMFADevices", "iam:ResyncMFADevice", "sts:GetSessionToken",
        ]
        Resource  = "*"
        Condition = { BoolIfExists = { "aws:MultiFactorAuthPresent" = "false" } }
      },
    ]
  })
}

# Developers deploy through GitHub. They have no access to the items of these tables, to secrets, or to the code that
# may read them, in any region.
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
        Effect = "Deny"
        Action = local.touches_items
        Resource = flatten([for table in local.kept_tables : [
          "arn:${var.context.partition}:dynamodb:*:${var.context.account_id}:table/${var.context.prefix}-${table}",
          "arn:${var.context.partition}:dynamodb:*:${var.context.account_id}:table/${var.context.prefix}-${table}/*",
        ]])
      },
      {
        Effect   = "Deny"
        Action   = ["lambda:AddPermission", "lambda:*FunctionUrlConfig", "lambda:Invoke*", "lambda:UpdateFunction*"]
        Resource = "arn:${local.here.lambda}:function:${var.context.prefix}-*"
      },
    ]
  })
}
