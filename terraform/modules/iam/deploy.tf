# Deployment from GitHub Actions without a stored key: a workflow's token is exchanged for an hour in one of two roles.
# `plan` shows the effect of a pull request, `deploy` applies the main branch. limits.tf has what neither may ever do.

locals {
  github          = "token.actions.githubusercontent.com"
  deploys         = var.github_repository == "" ? 0 : 1
  github_provider = "arn:${var.context.partition}:iam::${var.context.account_id}:oidc-provider/${local.github}"

  # Tokens of repositories created, renamed or transferred since July 2026 have GitHub's immutable subject, with ids
  # after both names.
  owner      = split("/", var.github_repository)[0]
  repository = try(split("/", var.github_repository)[1], "")
  subjects = compact([
    var.github_repository_id == "" ? "" : "repo:${local.owner}@${var.github_owner_id}/${local.repository}@${var.github_repository_id}",
    "repo:${var.github_repository}",
  ])

  # GitHub environment that each role trusts, and further claims that it requires. The environments' rules define the
  # approvers. With the id of the repository, a new owner of its name cannot get a token with the old form of the
  # subject.
  trusts = {
    plan   = { environment = "${var.context.environment}-plan", claims = {} }
    deploy = { environment = var.context.environment, claims = { ref = "refs/heads/main" } }
  }
}

resource "aws_iam_openid_connect_provider" "github" {
  count          = var.account_wide && var.github_repository != "" ? 1 : 0
  url            = "https://${local.github}"
  client_id_list = ["sts.amazonaws.com"]
}

# These roles are outside the path of the functions' roles, so that permissions on the path do not cover them.
resource "aws_iam_role" "github" {
  for_each             = local.deploys == 1 ? local.trusts : {}
  name                 = "${var.context.prefix}-${each.key}"
  permissions_boundary = aws_iam_policy.limits[0].arn

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRoleWithWebIdentity"
      Principal = { Federated = local.github_provider }
      Condition = {
        StringEquals = merge(
          {
            "${local.github}:aud" = "sts.amazonaws.com"
            "${local.github}:sub" = [for subject in local.subjects : "${subject}:environment:${each.value.environment}"]
          },
          var.github_repository_id == "" ? {} : { "${local.github}:repository_id" = var.github_repository_id },
          { for claim, value in each.value.claims : "${local.github}:${claim}" => value },
        )
      }
    }]
  })
}

moved {
  from = aws_iam_role.deploy[0]
  to   = aws_iam_role.github["deploy"]
}

resource "aws_iam_role_policy_attachment" "reads" {
  for_each   = aws_iam_role.github
  role       = each.value.name
  policy_arn = aws_iam_policy.reads[0].arn
}

resource "aws_iam_role_policy" "state" {
  for_each = var.state_bucket == "" ? {} : aws_iam_role.github
  name     = "remote-state"
  role     = each.value.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect    = "Allow"
        Action    = "s3:ListBucket"
        Resource  = "arn:${var.context.partition}:s3:::${var.state_bucket}"
        Condition = { StringLike = { "s3:prefix" = "${var.context.prefix}/*" } }
      },
      {
        Effect   = "Allow"
        Action   = concat(["s3:GetObject"], each.key == "deploy" ? ["s3:DeleteObject", "s3:PutObject"] : [])
        Resource = local.state_objects
      },
    ]
  })
}

# Permissions to write that an apply needs. Changes to the rest need a person: network, boundaries, trust policies,
# these two roles, domain name, CloudFront, and what an account has once. So does the deletion of what holds data:
# tables, queues, secrets, log groups, buckets, the API.
resource "aws_iam_role_policy" "deploy" {
  count = local.deploys
  name  = "what-terraform-does"
  role  = aws_iam_role.github["deploy"].id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "Alarms"
        Effect   = "Allow"
        Action   = ["cloudwatch:DeleteAlarms", "cloudwatch:PutMetricAlarm", "cloudwatch:TagResource", "cloudwatch:UntagResource"]
        Resource = "arn:${local.here.cloudwatch}:alarm:${var.context.prefix}-*"
      },
      {
        Sid      = "Dashboard"
        Effect   = "Allow"
        Action   = ["cloudwatch:DeleteDashboards", "cloudwatch:PutDashboard"]
        Resource = [for name in ["", "-queues"] : "arn:${var.context.partition}:cloudwatch::${var.context.account_id}:dashboard/${var.context.prefix}${name}"]
      },
      {
        Sid    = "Tables"
        Effect = "Allow"
        Action = [
          "dynamodb:CreateTable", "dynamodb:TagResource", "dynamodb:UntagResource", "dynamodb:UpdateContinuousBackups",
          "dynamodb:UpdateTable", "dynamodb:UpdateTimeToLive",
        ]
        Resource = "arn:${local.here.dynamodb}:table/${var.context.prefix}-*"
      },
      {
        Sid      = "Bus"
        Effect   = "Allow"
        Action   = ["events:CreateArchive", "events:CreateEventBus", "events:DeleteArchive", "events:TagResource", "events:UntagResource", "events:UpdateArchive", "events:UpdateEventBus"]
        Resource = [for kind in ["archive", "event-bus"] : "arn:${local.here.events}:${kind}/${var.context.prefix}-*"]
      },
      {
        Sid    = "Functions"
        Effect = "Allow"
        Action = [
          "lambda:AddPermission", "lambda:CreateAlias", "lambda:CreateFunction", "lambda:DeleteAlias", "lambda:DeleteFunction",
          "lambda:DeleteFunctionConcurrency", "lambda:DeleteFunctionEventInvokeConfig", "lambda:PublishVersion",
          "lambda:PutFunctionConcurrency", "lambda:PutFunctionEventInvokeConfig", "lambda:PutFunctionRecursionConfig",
          "lambda:RemovePermission", "lambda:TagResource", "lambda:UntagResource", "lambda:UpdateAlias",
          "lambda:UpdateFunctionCode", "lambda:UpdateFunctionConfiguration", "lambda:UpdateFunctionEventInvokeConfig",
        ]
        Resource = "arn:${local.here.lambda}:function:${var.context.prefix}-*"
      },
      {
        Sid       = "WhatCallsTheWorkers"
        Effect    = "Allow"
        Action    = ["lambda:CreateEventSourceMapping", "lambda:DeleteEventSourceMapping", "lambda:UpdateEventSourceMapping"]
        Resource  = "*"
        Condition = { ArnLike = { "lambda:FunctionArn" = "arn:${local.here.lambda}:function:${var.context.prefix}-*" } }
      },
      {
        Sid      = "ItsTags"
        Effect   = "Allow"
        Action   = ["lambda:TagResource", "lambda:UntagResource"]
        Resource = "arn:${local.here.lambda}:event-source-mapping:*"
      },
      {
        Sid      = "CodeAndWeb"
        Effect   = "Allow"
        Action   = ["s3:DeleteObject", "s3:PutObject", "s3:PutObjectTagging"]
        Resource = [local.code_objects, local.web_objects]
      },
      # A release of the web may choose pages otherwise, and with the policy below set other headers. The distribution,
      # with its origins and behaviors, is a person's.
      {
        Sid      = "WebFunctions"
        Effect   = "Allow"
        Action   = ["cloudfront:PublishFunction", "cloudfront:UpdateFunction"]
        Resource = "arn:${var.context.partition}:cloudfront::${var.context.account_id}:function/${var.context.prefix}-web-*"
      },
      {
        Sid    = "Logs"
        Effect = "Allow"
        Action = [
          "logs:CreateLogGroup", "logs:DeleteRetentionPolicy", "logs:PutRetentionPolicy", "logs:TagResource", "logs:UntagResource",
        ]
        Resource = "arn:${local.here.logs}:log-group:/dibs/${var.context.prefix}/*"
      },
      {
        Sid    = "Pipe"
        Effect = "Allow"
        Action = [
          "pipes:CreatePipe", "pipes:DeletePipe", "pipes:StartPipe", "pipes:StopPipe", "pipes:TagResource",
          "pipes:UntagResource", "pipes:UpdatePipe",
        ]
        Resource = "arn:${local.here.pipes}:pipe/${var.context.prefix}-*"
      },
      {
        Sid    = "Schedules"
        Effect = "Allow"
        Action = [
          "scheduler:CreateSchedule", "scheduler:CreateScheduleGroup", "scheduler:DeleteSchedule", "scheduler:TagResource",
          "scheduler:UntagResource", "scheduler:UpdateSchedule",
        ]
        Resource = [
          "arn:${local.here.scheduler}:schedule-group/${var.context.prefix}", "arn:${local.here.scheduler}:schedule/${var.context.prefix}/*",
        ]
      },
      {
        Sid      = "SecretsWithoutValues"
        Effect   = "Allow"
        Action   = ["secretsmanager:CreateSecret", "secretsmanager:TagResource", "secretsmanager:UntagResource"]
        Resource = "arn:${local.here.secretsmanager}:secret:${var.context.prefix}/*"
      },
      {
        Sid      = "Mail"
        Effect   = "Allow"
        Action   = ["sns:CreateTopic", "sns:SetTopicAttributes", "sns:Subscribe", "sns:TagResource", "sns:UntagResource"]
        Resource = "arn:${local.here.sns}:${var.context.prefix}-*"
      },
      {
        Sid      = "Queues"
        Effect   = "Allow"
        Action   = ["sqs:CreateQueue", "sqs:SetQueueAttributes", "sqs:TagQueue", "sqs:UntagQueue"]
        Resource = "arn:${local.here.sqs}:${var.context.prefix}-*"
      },
      {
        Sid       = "RolesUnderTheBoundary"
        Effect    = "Allow"
        Action    = ["iam:CreateRole", "iam:PutRolePolicy"]
        Resource  = local.function_roles
        Condition = { StringEquals = { "iam:PermissionsBoundary" = aws_iam_policy.boundary.arn } }
      },
      {
        Sid      = "RolesOtherwise"
        Effect   = "Allow"
        Action   = ["iam:DeleteRole", "iam:DeleteRolePolicy", "iam:TagRole", "iam:UntagRole"]
        Resource = local.function_roles
      },
      {
        Sid       = "RolesOfServices"
        Effect    = "Allow"
        Action    = "iam:PassRole"
        Resource  = local.function_roles
        Condition = { StringEquals = { "iam:PassedToService" = local.passed_to } }
      },
      {
        Sid      = "TheApi"
        Effect   = "Allow"
        Action   = ["apigateway:DELETE", "apigateway:PATCH", "apigateway:POST", "apigateway:PUT"]
        Resource = flatten([for id in [var.api_id, var.sockets.api_id] : ["${local.apis}/apis/${id}/*", "${local.apis}/tags/*${id}*"]])
      },
      {
        Sid      = "TheApiItself"
        Effect   = "Allow"
        Action   = "apigateway:PATCH"
        Resource = [for id in [var.api_id, var.sockets.api_id] : "${local.apis}/apis/${id}"]
      },
      # These actions support no narrower resource. The stage's access log needs the log delivery, the alarms' e-mail
      # address the subscription.
      {
        Sid    = "WhatHasNoNames"
        Effect = "Allow"
        Action = [
          "logs:CreateLogDelivery", "logs:DeleteQueryDefinition", "logs:PutQueryDefinition", "logs:PutResourcePolicy",
          "logs:UpdateLogDelivery", "sns:SetSubscriptionAttributes", "sns:Unsubscribe",
        ]
        Resource = "*"
      },
    ]
  })
}

resource "aws_iam_role_policy" "web_headers" {
  count = local.deploys * length(var.web_headers_policy_arns)
  name  = "headers-of-the-web"
  role  = aws_iam_role.github["deploy"].id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "cloudfront:UpdateResponseHeadersPolicy"
      Resource = var.web_headers_policy_arns[0]
    }]
  })
}
