# Deploying from GitHub Actions without a stored key: a token of the workflow is exchanged for an hour in this role.

locals {
  github          = "token.actions.githubusercontent.com"
  account         = data.aws_caller_identity.current.account_id
  deploys         = var.github_repository == "" ? 0 : 1
  github_provider = "arn:${data.aws_partition.current.partition}:iam::${local.account}:oidc-provider/${local.github}"
  roles           = "arn:${data.aws_partition.current.partition}:iam::${local.account}:role/${var.prefix}-*"
  apis            = "arn:${data.aws_partition.current.partition}:apigateway:${data.aws_region.current.name}::"
}

resource "aws_iam_openid_connect_provider" "github" {
  count          = var.account_wide && var.github_repository != "" ? 1 : 0
  url            = "https://${local.github}"
  client_id_list = ["sts.amazonaws.com"]
}

resource "aws_iam_role" "deploy" {
  count = local.deploys
  name  = "${var.prefix}-deploy"

  # Only jobs of this GitHub environment, whose rules say who approves.
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRoleWithWebIdentity"
      Principal = { Federated = local.github_provider }
      Condition = {
        StringEquals = {
          "${local.github}:aud" = "sts.amazonaws.com"
          "${local.github}:sub" = "repo:${var.github_repository}:environment:${var.environment}"
        }
      }
    }]
  })
}

# A plan reads everything that there is. Network, boundary, the API's name and what stands in front of it, and what an
# account has once it reads and does not change: who changes these is a person. So is who makes the API.
resource "aws_iam_role_policy_attachment" "deploy_reads" {
  count      = local.deploys
  role       = aws_iam_role.deploy[0].name
  policy_arn = "arn:${data.aws_partition.current.partition}:iam::aws:policy/ReadOnlyAccess"
}

resource "aws_iam_role_policy" "deploy" {
  count = local.deploys
  name  = "what-terraform-does"
  role  = aws_iam_role.deploy[0].id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [
        {
          Sid    = "WhatIsNamedAfterThePrefix"
          Effect = "Allow"
          Action = [
            "cloudwatch:*", "dynamodb:*", "events:*", "lambda:*", "logs:*", "pipes:*", "s3:*", "scheduler:*", "secretsmanager:*",
            "sns:*", "sqs:*",
          ]
          Resource = [
            "arn:${local.here.cloudwatch}:alarm:${var.prefix}-*",
            "arn:${data.aws_partition.current.partition}:cloudwatch::${local.account}:dashboard/${var.prefix}*",
            "arn:${local.here.dynamodb}:table/${var.prefix}-*",
            "arn:${local.here.events}:event-bus/${var.prefix}-*",
            "arn:${local.here.lambda}:function:${var.prefix}-*",
            "arn:${local.here.logs}:log-group:/dibs/${var.prefix}/*",
            "arn:${local.here.pipes}:pipe/${var.prefix}-*",
            "arn:${data.aws_partition.current.partition}:s3:::${var.prefix}-code-${local.account}",
            "arn:${data.aws_partition.current.partition}:s3:::${var.prefix}-code-${local.account}/*",
            "arn:${local.here.scheduler}:schedule-group/${var.prefix}",
            "arn:${local.here.scheduler}:schedule/${var.prefix}/*",
            "arn:${local.here.secretsmanager}:secret:${var.prefix}/*",
            "arn:${local.here.sns}:${var.prefix}-*",
            "arn:${local.here.sqs}:${var.prefix}-*",
          ]
        },
        {
          Sid      = "NoPeopleAndNoSecrets"
          Effect   = "Deny"
          Action   = concat(local.touches_items, ["secretsmanager:GetSecretValue", "sqs:ReceiveMessage"])
          Resource = "*"
        },
        {
          Sid      = "RolesUnderTheBoundary"
          Effect   = "Allow"
          Action   = ["iam:AttachRolePolicy", "iam:CreateRole", "iam:DetachRolePolicy", "iam:PutRolePolicy"]
          Resource = local.roles
          Condition = {
            StringEquals = { "iam:PermissionsBoundary" = aws_iam_policy.boundary.arn }
          }
        },
        {
          Sid    = "RolesOtherwise"
          Effect = "Allow"
          Action = [
            "iam:DeleteRole", "iam:DeleteRolePolicy", "iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies",
            "iam:ListInstanceProfilesForRole", "iam:ListRolePolicies", "iam:PassRole", "iam:TagRole", "iam:UntagRole",
          ]
          Resource = local.roles
        },
        {
          Sid    = "TheApi"
          Effect = "Allow"
          Action = ["apigateway:*"]
          Resource = [
            "${local.apis}/apis/${var.api_id}", "${local.apis}/apis/${var.api_id}/*", "${local.apis}/tags/*",
          ]
        },
        {
          Sid      = "WhatCallsTheWorkers"
          Effect   = "Allow"
          Action   = ["lambda:CreateEventSourceMapping", "lambda:DeleteEventSourceMapping", "lambda:UpdateEventSourceMapping"]
          Resource = "*"
          Condition = {
            ArnLike = { "lambda:FunctionArn" = "arn:${local.here.lambda}:function:${var.prefix}-*" }
          }
        },
        {
          Sid      = "ItsTags"
          Effect   = "Allow"
          Action   = ["lambda:ListTags", "lambda:TagResource", "lambda:UntagResource"]
          Resource = "arn:${local.here.lambda}:event-source-mapping:*"
        },
        {
          Sid    = "WhatHasNoNames"
          Effect = "Allow"
          Action = [
            "logs:DeleteQueryDefinition", "logs:PutQueryDefinition", "logs:*LogDelivery*", "logs:*ResourcePolic*",
          ]
          Resource = "*"
        },
      ],
      var.state_bucket == "" ? [] : [{
        Sid    = "RemoteState"
        Effect = "Allow"
        Action = ["s3:DeleteObject", "s3:GetObject", "s3:ListBucket", "s3:PutObject"]
        Resource = [
          "arn:${data.aws_partition.current.partition}:s3:::${var.state_bucket}",
          "arn:${data.aws_partition.current.partition}:s3:::${var.state_bucket}/${var.prefix}/*",
        ]
      }],
    )
  })
}
