# Which origin answers which path. Without the web application every path is the API's. With it the API keeps its paths,
# with the same behavior, `/ws` leads to the WebSocket API, and all other paths are files of the web's bucket.

locals {
  webs         = var.enable_web ? [var.web] : []
  sockets_host = trimprefix(aws_apigatewayv2_api.sockets.api_endpoint, "wss://")

  # Ids of AWS's managed policies, the same in every account. "AllViewerExceptHostHeader" forwards all of the viewer's
  # headers except Host, those that open a WebSocket too. "CachingOptimized" keeps an object as long as its Cache-Control
  # says, at least a second, whatever the query string is.
  all_but_host     = "b689b0a8-53d0-40ab-baf2-68738e2966ac"
  caching_as_told  = "658327ea-f89d-4fab-a63d-7e88639e58f6"
  caching_disabled = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"

  api_behavior = {
    origin            = "api"
    viewers           = "https-only"
    methods           = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]
    compress          = true
    cache_policy_id   = one(aws_cloudfront_cache_policy.as_told[*].id)
    request_policy_id = local.all_but_host
    headers_policy_id = null
    function_arns     = aws_cloudfront_function.viewer_address[*].arn
  }

  # An asset is never rewritten to a page: one that is missing is a 404.
  asset_behavior = {
    origin            = "web"
    viewers           = "redirect-to-https"
    methods           = ["GET", "HEAD"]
    compress          = true
    cache_policy_id   = local.caching_as_told
    request_policy_id = null
    headers_policy_id = one(local.webs[*].headers_policy_id)
    function_arns     = []
  }

  page_behavior = merge(local.asset_behavior, { function_arns = local.webs[*].function_arn })

  # The functions of the WebSocket API read no address, and no secret header.
  socket_behavior = {
    origin            = "sockets"
    viewers           = "https-only"
    methods           = ["GET", "HEAD"]
    compress          = false
    cache_policy_id   = local.caching_disabled
    request_policy_id = local.all_but_host
    headers_policy_id = null
    function_arns     = aws_cloudfront_function.live[*].arn
  }

  default_behavior = var.enable_web ? local.page_behavior : local.api_behavior

  # The first whose path fits answers.
  ordered_behaviors = var.enable_web ? [
    merge(local.api_behavior, { path = "/api/*" }),
    merge(local.api_behavior, { path = "/.well-known/*" }),
    merge(local.socket_behavior, { path = "/ws" }),
    merge(local.asset_behavior, { path = "/assets/*" }),
  ] : []
}

# API Gateway opens a WebSocket at the path of the stage alone, and answers 403 to every other.
resource "aws_cloudfront_function" "live" {
  count   = var.enable_web ? 1 : 0
  name    = "${var.context.prefix}-live"
  comment = "Leads /ws to the stage of the WebSocket API"
  runtime = "cloudfront-js-2.0"
  publish = true

  code = <<-JS
    function handler(event) {
      event.request.uri = '/${local.sockets_stage}';
      return event.request;
    }
  JS
}
