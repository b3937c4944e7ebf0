# HTTP API with the routes of each function. All other paths lead to the function that returns 404 and 405 in the API's
# error format.

locals {
  routed = { for name, entry in var.context.functions : name => entry.routes if length(entry.routes) > 0 }
  routes = merge([for name, routes in local.routed : { for route in routes : route => name }]...)
}

resource "aws_apigatewayv2_api" "this" {
  name          = var.context.prefix
  description   = "dibs decides who gets a scarce thing"
  protocol_type = "HTTP"
  # With a custom domain name and without CloudFront, the default address is disabled.
  disable_execute_api_endpoint = var.domain_name != "" && !var.enable_cdn

  dynamic "cors_configuration" {
    for_each = length(var.cors_origins) > 0 ? [var.cors_origins] : []

    content {
      allow_origins     = cors_configuration.value
      allow_methods     = ["DELETE", "GET", "PATCH", "POST", "PUT"]
      allow_headers     = ["authorization", "content-type", "idempotency-key", "if-match", "if-none-match", "x-queue-token"]
      expose_headers    = ["retry-after", "x-request-id"]
      allow_credentials = true
      max_age           = 3600
    }
  }
}

resource "aws_apigatewayv2_integration" "this" {
  for_each               = local.routed
  api_id                 = aws_apigatewayv2_api.this.id
  integration_type       = "AWS_PROXY"
  integration_uri        = var.deployed[each.key].alias_invoke_arn
  payload_format_version = "2.0"
}

resource "aws_apigatewayv2_route" "this" {
  for_each  = local.routes
  api_id    = aws_apigatewayv2_api.this.id
  route_key = each.key
  target    = "integrations/${aws_apigatewayv2_integration.this[each.value].id}"
}

resource "aws_lambda_permission" "this" {
  for_each      = local.routed
  statement_id  = "api"
  action        = "lambda:InvokeFunction"
  function_name = var.deployed[each.key].function_name
  qualifier     = "live"
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.this.execution_arn}/*/*"
}

resource "aws_apigatewayv2_stage" "default" {
  api_id      = aws_apigatewayv2_api.this.id
  name        = "$default"
  auto_deploy = true

  default_route_settings {
    throttling_rate_limit  = var.throttle.rate
    throttling_burst_limit = var.throttle.burst
  }

  dynamic "route_settings" {
    for_each = var.route_throttles

    content {
      route_key              = route_settings.key
      throttling_rate_limit  = route_settings.value.rate
      throttling_burst_limit = route_settings.value.burst
    }
  }

  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.access.arn

    format = jsonencode({
      request_id = "$context.requestId"
      route      = "$context.routeKey"
      path       = "$context.path"
      status     = "$context.status"
      error      = "$context.integrationErrorMessage"
      address    = "$context.identity.sourceIp"
      took_ms    = "$context.responseLatency"
      bytes      = "$context.responseLength"
    })
  }

  # API Gateway refuses settings of a route that does not exist yet.
  depends_on = [aws_apigatewayv2_route.this]
}

resource "aws_cloudwatch_log_group" "access" {
  name              = "/dibs/${var.context.prefix}/access"
  retention_in_days = var.context.log_retention_days
}
