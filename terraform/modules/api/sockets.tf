# WebSocket API for live updates. Every message of a client and the end of its connection go to a function each; $connect
# has none, since a connection is stored only when it subscribes.

locals {
  sockets = { for name, entry in var.context.functions : name => entry.source.socket if entry.source.socket != null }
  # Only messages of clients have replies.
  replying = { for name, route in local.sockets : name => route if route == "$default" }
  # A reference to the stage itself would be a cycle: it waits for the functions, which wait for CloudFront's address.
  sockets_stage = "live"
}

resource "aws_apigatewayv2_api" "sockets" {
  name                       = "${var.context.prefix}-sockets"
  description                = "Live updates of dibs"
  protocol_type              = "WEBSOCKET"
  route_selection_expression = "$request.body.action"
}

resource "aws_apigatewayv2_integration" "socket" {
  for_each           = local.sockets
  api_id             = aws_apigatewayv2_api.sockets.id
  integration_type   = "AWS_PROXY"
  integration_method = "POST"
  integration_uri    = var.deployed[each.key].alias_invoke_arn
}

resource "aws_apigatewayv2_route" "socket" {
  for_each                            = local.sockets
  api_id                              = aws_apigatewayv2_api.sockets.id
  route_key                           = each.value
  target                              = "integrations/${aws_apigatewayv2_integration.socket[each.key].id}"
  route_response_selection_expression = contains(keys(local.replying), each.key) ? "$default" : null
}

resource "aws_apigatewayv2_route_response" "socket" {
  for_each           = local.replying
  api_id             = aws_apigatewayv2_api.sockets.id
  route_id           = aws_apigatewayv2_route.socket[each.key].id
  route_response_key = "$default"
}

resource "aws_lambda_permission" "socket" {
  for_each      = local.sockets
  statement_id  = "sockets"
  action        = "lambda:InvokeFunction"
  function_name = var.deployed[each.key].function_name
  qualifier     = "live"
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.sockets.execution_arn}/*/*"
}

resource "aws_apigatewayv2_stage" "sockets" {
  api_id      = aws_apigatewayv2_api.sockets.id
  name        = local.sockets_stage
  auto_deploy = true

  default_route_settings {
    throttling_rate_limit  = var.throttle.rate
    throttling_burst_limit = var.throttle.burst
  }

  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.access.arn

    format = jsonencode({
      request_id = "$context.requestId"
      route      = "$context.routeKey"
      connection = "$context.connectionId"
      event      = "$context.eventType"
      status     = "$context.status"
      error      = "$context.integrationErrorMessage"
      address    = "$context.identity.sourceIp"
    })
  }

  depends_on = [aws_apigatewayv2_route.socket]
}
