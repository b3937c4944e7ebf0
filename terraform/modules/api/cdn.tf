# Optional CloudFront distribution. Of the API it caches only responses that the functions mark as cacheable (`max-age=1`,
# the same for all callers). Everything personal is `no-store`, and errors are not cached. The functions recognize CloudFront's
# requests by a secret header, and trust the forwarded caller's address only in these. A request to the API's own
# address counts by the address of its connection, and bypasses the web ACL.

module "cdn_certificate" {
  source         = "./certificate"
  count          = local.named == 1 && var.enable_cdn ? 1 : 0
  domain_name    = var.domain_name
  hosted_zone_id = var.hosted_zone_id
  providers      = { aws = aws.us_east_1 }
}

resource "aws_cloudfront_cache_policy" "as_told" {
  count       = var.enable_cdn ? 1 : 0
  name        = "${var.context.prefix}-as-told"
  comment     = "As long as the functions say, and no longer"
  min_ttl     = 0
  default_ttl = 0
  max_ttl     = 300

  parameters_in_cache_key_and_forwarded_to_origin {
    enable_accept_encoding_brotli = true
    enable_accept_encoding_gzip   = true

    query_strings_config {
      query_string_behavior = "all"
    }

    # Responses to different origins differ in Access-Control-Allow-Origin.
    headers_config {
      header_behavior = length(var.cors_origins) > 0 ? "whitelist" : "none"

      dynamic "headers" {
        for_each = length(var.cors_origins) > 0 ? [["Origin"]] : []

        content {
          items = headers.value
        }
      }
    }

    cookies_config {
      cookie_behavior = "none"
    }
  }
}

# Secret header value between CloudFront and the functions. It proves where a request comes from and grants nothing
# else, so it may be in the state. `terraform apply -replace` creates another; until all of CloudFront has it, for some
# minutes, callers count by CloudFront's addresses.
resource "terraform_data" "origin_secret" {
  count = var.enable_cdn ? 1 : 0
  input = sha256("${uuid()}${uuid()}")

  lifecycle {
    ignore_changes = [input]
  }
}

# A policy that forwards everything except Host cannot add CloudFront-Viewer-Address, and API Gateway refuses a foreign
# Host. So this function writes the address into a header of its own, over whatever the caller sent; AWS's example does
# the same.
resource "aws_cloudfront_function" "viewer_address" {
  count   = var.enable_cdn ? 1 : 0
  name    = "${var.context.prefix}-viewer-address"
  comment = "Tells the caller's address"
  runtime = "cloudfront-js-2.0"
  publish = true

  code = <<-JS
    function handler(event) {
      event.request.headers['true-client-ip'] = { value: event.viewer.ip };
      return event.request;
    }
  JS
}

resource "aws_cloudfront_distribution" "this" {
  count           = var.enable_cdn ? 1 : 0
  comment         = var.context.prefix
  enabled         = true
  is_ipv6_enabled = true
  http_version    = "http2and3"
  price_class     = "PriceClass_100"
  aliases         = local.named == 1 ? [var.domain_name] : []
  web_acl_id      = aws_wafv2_web_acl.this[0].arn

  origin {
    origin_id   = "api"
    domain_name = local.own_host

    custom_origin_config {
      http_port              = 80
      https_port             = 443
      origin_protocol_policy = "https-only"
      origin_ssl_protocols   = ["TLSv1.2"]
    }

    custom_header {
      name  = "x-origin-secret"
      value = sensitive(terraform_data.origin_secret[0].output)
    }
  }

  dynamic "origin" {
    for_each = local.webs

    content {
      origin_id                = "web"
      domain_name              = origin.value.domain_name
      origin_access_control_id = origin.value.access_control_id
    }
  }

  dynamic "origin" {
    for_each = local.webs

    content {
      origin_id   = "sockets"
      domain_name = local.sockets_host

      custom_origin_config {
        http_port              = 80
        https_port             = 443
        origin_protocol_policy = "https-only"
        origin_ssl_protocols   = ["TLSv1.2"]
      }
    }
  }

  default_cache_behavior {
    target_origin_id           = local.default_behavior.origin
    viewer_protocol_policy     = local.default_behavior.viewers
    allowed_methods            = local.default_behavior.methods
    cached_methods             = ["GET", "HEAD"]
    compress                   = local.default_behavior.compress
    cache_policy_id            = local.default_behavior.cache_policy_id
    origin_request_policy_id   = local.default_behavior.request_policy_id
    response_headers_policy_id = local.default_behavior.headers_policy_id

    dynamic "function_association" {
      for_each = local.default_behavior.function_arns

      content {
        event_type   = "viewer-request"
        function_arn = function_association.value
      }
    }
  }

  dynamic "ordered_cache_behavior" {
    for_each = local.ordered_behaviors

    content {
      path_pattern               = ordered_cache_behavior.value.path
      target_origin_id           = ordered_cache_behavior.value.origin
      viewer_protocol_policy     = ordered_cache_behavior.value.viewers
      allowed_methods            = ordered_cache_behavior.value.methods
      cached_methods             = ["GET", "HEAD"]
      compress                   = ordered_cache_behavior.value.compress
      cache_policy_id            = ordered_cache_behavior.value.cache_policy_id
      origin_request_policy_id   = ordered_cache_behavior.value.request_policy_id
      response_headers_policy_id = ordered_cache_behavior.value.headers_policy_id

      dynamic "function_association" {
        for_each = ordered_cache_behavior.value.function_arns

        content {
          event_type   = "viewer-request"
          function_arn = function_association.value
        }
      }
    }
  }

  # CloudFront caches these errors for ten seconds by default, whatever `Cache-Control` says, and for all callers: the
  # order of another user is a 404. No error has a page: that of one origin would be shown for the errors of all.
  dynamic "custom_error_response" {
    for_each = [400, 403, 404, 405, 500, 501, 502, 503, 504]

    content {
      error_code            = custom_error_response.value
      error_caching_min_ttl = 0
    }
  }

  restrictions {
    geo_restriction {
      restriction_type = "none"
    }
  }

  viewer_certificate {
    cloudfront_default_certificate = local.named == 0
    acm_certificate_arn            = one(module.cdn_certificate[*].arn)
    ssl_support_method             = local.named == 1 ? "sni-only" : null
    minimum_protocol_version       = local.named == 1 ? "TLSv1.2_2021" : null
  }
}
