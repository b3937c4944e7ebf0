# Groups of people, by choice. Who has not shown a second factor can do nothing but set one up.

locals {
  # Whatever shows or changes what stands in a table, or sends it elsewhere.
  touches_items = [
    "dynamodb:BatchGetItem", "dynamodb:BatchWriteItem", "dynamodb:ConditionCheckItem", "dynamodb:CreateBackup",
    "dynamodb:CreateGlobalTable", "dynamodb:CreateTableReplica", "dynamodb:DeleteItem",
    "dynamodb:EnableKinesisStreamingDestination", "dynamodb:ExportTableToPointInTime", "dynamodb:GetItem", "dynamodb:GetRecords",
    "dynamodb:ImportTable", "dynamodb:PartiQL*", "dynamodb:PutItem", "dynamodb:PutResourcePolicy", "dynamodb:Query",
    "dynamodb:ReadDataForReplication", "dynamodb:RestoreTable*", "dynamodb:Scan", "dynamodb:SearchVectors",
    "dynamodb:UpdateItem", "dynamodb:WriteDataForReplication",
  ]
  # People, money and coupon codes: nobody but an administrator reads or writes them beside the functions.
  kept_tables = ["accounts", "rewards", "wallet"]

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
      # The console lists both before it lets one set up a second factor.
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

# Developers deploy through GitHub. What stands in these tables and in secrets is not theirs, nor is the code that may
# read it, in whatever region.
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
          "arn:${local.partition}:dynamodb:*:${local.account}:table/${var.prefix}-${table}",
          "arn:${local.partition}:dynamodb:*:${local.account}:table/${var.prefix}-${table}/*",
        ]])
      },
      {
        Effect   = "Deny"
        Action   = ["lambda:AddPermission", "lambda:*FunctionUrlConfig", "lambda:Invoke*", "lambda:UpdateFunction*"]
        Resource = "arn:${local.here.lambda}:function:${var.prefix}-*"
      },
    ]
  })
}
