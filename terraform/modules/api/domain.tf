# Optional custom domain name. An HTTP API has no port 80, so nothing needs a redirect.

locals {
  named = var.domain_name != "" ? 1 : 0
  # Host name that AWS assigned to the API.
  own_host = trimprefix(aws_apigatewayv2_api.this.api_endpoint, "https://")
}

module "certificate" {
  source         = "./certificate"
  count          = local.named == 1 && !var.enable_cdn ? 1 : 0
  domain_name    = var.domain_name
  hosted_zone_id = var.hosted_zone_id
}

resource "aws_apigatewayv2_domain_name" "this" {
  count       = local.named == 1 && !var.enable_cdn ? 1 : 0
  domain_name = var.domain_name

  domain_name_configuration {
    certificate_arn = module.certificate[0].arn
    endpoint_type   = "REGIONAL"
    security_policy = "TLS_1_2"
  }
}

resource "aws_apigatewayv2_api_mapping" "this" {
  count       = length(aws_apigatewayv2_domain_name.this)
  api_id      = aws_apigatewayv2_api.this.id
  domain_name = aws_apigatewayv2_domain_name.this[0].id
  stage       = aws_apigatewayv2_stage.default.id
}

locals {
  target = concat(
    [
      for name in aws_apigatewayv2_domain_name.this : {
        host = name.domain_name_configuration[0].target_domain_name
        zone = name.domain_name_configuration[0].hosted_zone_id
      }
    ],
    [for cdn in aws_cloudfront_distribution.this : { host = cdn.domain_name, zone = cdn.hosted_zone_id }],
  )
}

resource "aws_route53_record" "this" {
  for_each = local.named == 1 ? toset(["A", "AAAA"]) : toset([])
  zone_id  = var.hosted_zone_id
  name     = var.domain_name
  type     = each.key

  alias {
    name                   = local.target[0].host
    zone_id                = local.target[0].zone
    evaluate_target_health = false
  }
}
