# Permissions that GitHub's roles read with, and permissions that they never have.

locals {
  apis           = "arn:${var.context.partition}:apigateway:${var.context.region}::"
  function_roles = "arn:${var.context.partition}:iam::${var.context.account_id}:role${local.path}*"
  code_bucket    = "arn:${var.context.partition}:s3:::${var.context.prefix}-code-${var.context.account_id}"
  code_objects   = "${local.code_bucket}/*"
  web_bucket     = "arn:${var.context.partition}:s3:::${var.context.prefix}-web-${var.context.account_id}"
  web_objects    = "${local.web_bucket}/*"
  state_objects  = "arn:${var.context.partition}:s3:::${var.state_bucket}/${var.context.prefix}/*"
  # Services that run something with a role of dibs.
  passed_to = ["lambda.amazonaws.com", "pipes.amazonaws.com", "scheduler.amazonaws.com"]
}

# Everything that a plan reads, by name. AWS's ReadOnlyAccess would include tables, logs, objects and parameters of the
# whole account, and grows. tests/infra/run compares this list with the calls of a plan.
resource "aws_iam_policy" "reads" {
  count       = local.deploys
  name        = "${var.context.prefix}-reads"
  description = "What a plan of ${var.context.prefix} reads"

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
            "cloudfront:DescribeFunction", "cloudfront:GetCachePolicy", "cloudfront:GetFunction", "cloudfront:GetOriginAccessControl",
            "cloudfront:GetOriginRequestPolicy", "cloudfront:GetResponseHeadersPolicy",
            "cloudtrail:DescribeTrails", "cloudtrail:GetEventSelectors", "cloudtrail:GetInsightSelectors", "cloudtrail:GetTrail",
            "cloudtrail:GetTrailStatus", "cloudtrail:ListTags",
            "cloudwatch:DescribeAlarms", "cloudwatch:GetDashboard", "cloudwatch:ListTagsForResource",
            "dynamodb:DescribeContinuousBackups", "dynamodb:DescribeTable", "dynamodb:DescribeTimeToLive", "dynamodb:ListTagsOfResource",
            "ec2:DescribeAddresses", "ec2:DescribeAddressesAttribute", "ec2:DescribeAvailabilityZones", "ec2:DescribeInternetGateways",
            "ec2:DescribeNatGateways", "ec2:DescribeNetworkAcls", "ec2:DescribeNetworkInterfaces", "ec2:DescribePrefixLists",
            "ec2:DescribeRouteTables", "ec2:DescribeSecurityGroupRules", "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets",
            "ec2:DescribeVpcAttribute", "ec2:DescribeVpcEndpoints", "ec2:DescribeVpcs",
            "events:DescribeArchive", "events:DescribeEventBus", "events:ListTagsForResource",
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
        # These actions return variables and code, so they are limited to the functions of dibs.
        {
          Sid    = "Functions"
          Effect = "Allow"
          Action = [
            "lambda:GetAlias", "lambda:GetFunction", "lambda:GetFunctionCodeSigningConfig", "lambda:GetFunctionConcurrency",
            "lambda:GetFunctionConfiguration", "lambda:GetFunctionEventInvokeConfig", "lambda:GetFunctionRecursionConfig",
            "lambda:GetPolicy", "lambda:GetRuntimeManagementConfig", "lambda:ListVersionsByFunction",
          ]
          Resource = "arn:${local.here.lambda}:function:${var.context.prefix}-*"
        },
        {
          Sid    = "Buckets"
          Effect = "Allow"
          Action = [
            "s3:GetAccelerateConfiguration", "s3:GetBucket*", "s3:GetEncryptionConfiguration", "s3:GetLifecycleConfiguration",
            "s3:GetReplicationConfiguration", "s3:ListBucket",
          ]
          Resource = [local.code_bucket, local.web_bucket, var.audit_bucket_arn, "arn:${var.context.partition}:s3:::${var.context.prefix}-trail-${var.context.account_id}"]
        },
        {
          Sid      = "CodeAndWeb"
          Effect   = "Allow"
          Action   = ["s3:GetObject", "s3:GetObjectTagging"]
          Resource = [local.code_objects, local.web_objects]
        },
        {
          Sid      = "TheApi"
          Effect   = "Allow"
          Action   = "apigateway:GET"
          Resource = ["${local.apis}/apis/${var.api_id}", "${local.apis}/apis/${var.api_id}/*", "${local.apis}/domainnames/*", "${local.apis}/tags/*"]
        },
      ],
      # The distribution's definition contains the secret header.
      length(var.cdn_arns) == 0 ? [] : [{
        Sid      = "InFront"
        Effect   = "Allow"
        Action   = ["cloudfront:GetDistribution", "cloudfront:GetDistributionConfig", "cloudfront:ListTagsForResource"]
        Resource = var.cdn_arns
      }],
    )
  })
}

# Permissions boundary of both roles. It is a policy of its own that neither role can detach, change or delete, so that
# no change to a role's own policies removes a Deny.
resource "aws_iam_policy" "limits" {
  count       = local.deploys
  name        = "${var.context.prefix}-limits"
  description = "What GitHub's roles of ${var.context.prefix} may never do"

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
        NotResource = [local.code_objects, local.web_objects, local.state_objects]
      },
      {
        Sid         = "NoOtherCode"
        Effect      = "Deny"
        Action      = ["lambda:GetFunction", "lambda:GetFunctionConfiguration", "lambda:ListFunctions", "lambda:UpdateFunction*"]
        NotResource = "arn:${local.here.lambda}:function:${var.context.prefix}-*"
      },
      {
        Sid       = "OnlyTheGatewayCalls"
        Effect    = "Deny"
        Action    = "lambda:AddPermission"
        Resource  = "*"
        Condition = { StringNotEquals = { "lambda:Principal" = "apigateway.amazonaws.com" } }
      },
      # Neither on these roles, a boundary, another environment, nor users: only on the functions' roles.
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
