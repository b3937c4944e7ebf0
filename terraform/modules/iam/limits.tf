# What the roles of GitHub read, and what they may never do.

locals {
  apis           = "arn:${local.partition}:apigateway:${data.aws_region.current.name}::"
  function_roles = "arn:${local.partition}:iam::${local.account}:role${local.path}*"
  code_bucket    = "arn:${local.partition}:s3:::${var.prefix}-code-${local.account}"
  code_objects   = "${local.code_bucket}/*"
  state_objects  = "arn:${local.partition}:s3:::${var.state_bucket}/${var.prefix}/*"
  # The services that run something in a role of ours.
  passed_to = ["lambda.amazonaws.com", "pipes.amazonaws.com", "scheduler.amazonaws.com"]
}

# Everything that a plan reads, by name: AWS's ReadOnlyAccess reads tables, logs, objects and parameters of the whole
# account, and grows. tests/infra/run compares this list with what a plan calls.
resource "aws_iam_policy" "reads" {
  count       = local.deploys
  name        = "${var.prefix}-reads"
  description = "What a plan of ${var.prefix} reads"

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [
        {
          Sid    = "Definitions"
          Effect = "Allow"
          Action = [
            "acm:DescribeCertificate", "acm:ListTagsForCertificate",
            "budgets:ListTagsForResource", "budgets:ViewBudget",
            "cloudfront:DescribeFunction", "cloudfront:GetCachePolicy", "cloudfront:GetFunction", "cloudfront:GetOriginRequestPolicy",
            "cloudtrail:DescribeTrails", "cloudtrail:GetEventSelectors", "cloudtrail:GetInsightSelectors", "cloudtrail:GetTrail",
            "cloudtrail:GetTrailStatus", "cloudtrail:ListTags",
            "cloudwatch:DescribeAlarms", "cloudwatch:GetDashboard", "cloudwatch:ListTagsForResource",
            "dynamodb:DescribeContinuousBackups", "dynamodb:DescribeTable", "dynamodb:DescribeTimeToLive", "dynamodb:ListTagsOfResource",
            "ec2:DescribeAddresses", "ec2:DescribeAddressesAttribute", "ec2:DescribeAvailabilityZones", "ec2:DescribeInternetGateways",
            "ec2:DescribeNatGateways", "ec2:DescribeNetworkAcls", "ec2:DescribeNetworkInterfaces", "ec2:DescribePrefixLists",
            "ec2:DescribeRouteTables", "ec2:DescribeSecurityGroupRules", "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets",
            "ec2:DescribeVpcAttribute", "ec2:DescribeVpcEndpoints", "ec2:DescribeVpcs",
            "events:DescribeEventBus", "events:ListTagsForResource",
            "iam:GetGroup", "iam:GetGroupPolicy", "iam:GetOpenIDConnectProvider", "iam:GetPolicy", "iam:GetPolicyVersion", "iam:GetRole",
            "iam:GetRolePolicy", "iam:ListAttachedGroupPolicies", "iam:ListAttachedRolePolicies", "iam:ListInstanceProfilesForRole",
            "iam:ListPolicyVersions", "iam:ListRolePolicies",
            "lambda:GetEventSourceMapping", "lambda:ListTags",
            "logs:DescribeLogGroups", "logs:DescribeQueryDefinitions", "logs:DescribeResourcePolicies", "logs:GetLogDelivery",
            "logs:ListLogDeliveries", "logs:ListTagsForResource",
            "pipes:DescribePipe", "pipes:ListTagsForResource",
            "route53:GetChange", "route53:GetHostedZone", "route53:ListResourceRecordSets", "route53:ListTagsForResource",
            "scheduler:GetSchedule", "scheduler:GetScheduleGroup", "scheduler:ListTagsForResource",
            "secretsmanager:DescribeSecret", "secretsmanager:GetResourcePolicy",
            "sns:GetSubscriptionAttributes", "sns:GetTopicAttributes", "sns:ListTagsForResource",
            "sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:ListQueueTags",
            "wafv2:GetWebACL", "wafv2:ListTagsForResource",
          ]
          Resource = "*"
        },
        # These show variables and code, so only its own.
        {
          Sid    = "Functions"
          Effect = "Allow"
          Action = [
            "lambda:GetAlias", "lambda:GetFunction", "lambda:GetFunctionCodeSigningConfig", "lambda:GetFunctionConcurrency",
            "lambda:GetFunctionConfiguration", "lambda:GetFunctionEventInvokeConfig", "lambda:GetFunctionRecursionConfig",
            "lambda:GetPolicy", "lambda:GetRuntimeManagementConfig", "lambda:ListVersionsByFunction",
          ]
          Resource = "arn:${local.here.lambda}:function:${var.prefix}-*"
        },
        {
          Sid    = "Buckets"
          Effect = "Allow"
          Action = [
            "s3:GetAccelerateConfiguration", "s3:GetBucket*", "s3:GetEncryptionConfiguration", "s3:GetLifecycleConfiguration",
            "s3:GetReplicationConfiguration", "s3:ListBucket",
          ]
          Resource = [local.code_bucket, "arn:${local.partition}:s3:::${var.prefix}-trail-${local.account}"]
        },
        {
          Sid      = "Code"
          Effect   = "Allow"
          Action   = ["s3:GetObject", "s3:GetObjectTagging"]
          Resource = local.code_objects
        },
        {
          Sid      = "TheApi"
          Effect   = "Allow"
          Action   = "apigateway:GET"
          Resource = ["${local.apis}/apis/${var.api_id}", "${local.apis}/apis/${var.api_id}/*", "${local.apis}/domainnames/*", "${local.apis}/tags/*"]
        },
      ],
      # Its definition holds the header by which the functions know it.
      length(var.cdn_arns) == 0 ? [] : [{
        Sid      = "InFront"
        Effect   = "Allow"
        Action   = ["cloudfront:GetDistribution", "cloudfront:GetDistributionConfig", "cloudfront:ListTagsForResource"]
        Resource = var.cdn_arns
      }],
    )
  })
}

# The permissions boundary of both roles: a policy of its own that neither can detach, change or delete, so that no
# change to a role's own policies takes a Deny away.
resource "aws_iam_policy" "limits" {
  count       = local.deploys
  name        = "${var.prefix}-limits"
  description = "What GitHub's roles of ${var.prefix} may never do"

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "WhatTheirPoliciesSay"
        Effect   = "Allow"
        Action   = "*"
        Resource = "*"
      },
      {
        Sid    = "NoPeopleNoSecretsNoOtherRole"
        Effect = "Deny"
        Action = concat(local.touches_items, [
          "dynamodb:DeleteBackup", "dynamodb:DeleteTable",
          "lambda:CreateFunctionUrlConfig", "lambda:Invoke*", "lambda:UpdateFunctionUrlConfig",
          "logs:CreateExportTask", "logs:FilterLogEvents", "logs:GetLog*Events", "logs:GetLogObject", "logs:GetLogRecord",
          "logs:GetQueryResults", "logs:PutSubscriptionFilter", "logs:StartLiveTail", "logs:StartQuery",
          "secretsmanager:BatchGetSecretValue", "secretsmanager:GetSecretValue", "secretsmanager:PutResourcePolicy",
          "secretsmanager:PutSecretValue", "secretsmanager:UpdateSecret",
          "sqs:PurgeQueue", "sqs:ReceiveMessage", "sqs:SendMessage",
          "ssm:Get*", "sts:AssumeRole*", "sts:GetFederationToken",
        ])
        Resource = "*"
      },
      {
        Sid         = "NoOtherObjects"
        Effect      = "Deny"
        Action      = ["s3:DeleteObject*", "s3:GetObject*", "s3:PutObject*"]
        NotResource = [local.code_objects, local.state_objects]
      },
      {
        Sid         = "NoOtherCode"
        Effect      = "Deny"
        Action      = ["lambda:GetFunction", "lambda:GetFunctionConfiguration", "lambda:ListFunctions", "lambda:UpdateFunction*"]
        NotResource = "arn:${local.here.lambda}:function:${var.prefix}-*"
      },
      {
        Sid       = "OnlyTheGatewayCalls"
        Effect    = "Deny"
        Action    = "lambda:AddPermission"
        Resource  = "*"
        Condition = { StringNotEquals = { "lambda:Principal" = "apigateway.amazonaws.com" } }
      },
      # Not on themselves, on a boundary, on another environment, on people: on nothing but the functions' roles.
      {
        Sid    = "NoOtherRoles"
        Effect = "Deny"
        Action = [
          "iam:Add*", "iam:Attach*", "iam:Create*", "iam:Deactivate*", "iam:Delete*", "iam:Detach*", "iam:Enable*", "iam:PassRole",
          "iam:Put*", "iam:Remove*", "iam:Set*", "iam:Tag*", "iam:Untag*", "iam:Update*", "iam:Upload*",
        ]
        NotResource = local.function_roles
      },
      {
        Sid    = "NoTrustNoBoundaries"
        Effect = "Deny"
        Action = [
          "iam:AttachRolePolicy", "iam:DeleteRolePermissionsBoundary", "iam:PutRolePermissionsBoundary", "iam:UpdateAssumeRolePolicy",
        ]
        Resource = "*"
      },
      {
        Sid       = "NoRoleWithoutTheBoundary"
        Effect    = "Deny"
        Action    = ["iam:CreateRole", "iam:PutRolePolicy"]
        Resource  = "*"
        Condition = { StringNotEquals = { "iam:PermissionsBoundary" = aws_iam_policy.boundary.arn } }
      },
      {
        Sid       = "NoRoleToOthers"
        Effect    = "Deny"
        Action    = "iam:PassRole"
        Resource  = "*"
        Condition = { StringNotEquals = { "iam:PassedToService" = local.passed_to } }
      },
    ]
  })
}
