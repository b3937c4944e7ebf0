# What CloudFront needs for the bucket: signed requests, the headers of each response, and the file of each path. The
# distribution is in the module api, since it carries the API as well.

resource "aws_cloudfront_origin_access_control" "this" {
  name                              = "${var.context.prefix}-web"
  description                       = "Signs CloudFront's requests to the bucket"
  origin_access_control_origin_type = "s3"
  signing_behavior                  = "always"
  signing_protocol                  = "sigv4"
}

resource "aws_cloudfront_function" "pages" {
  name    = "${var.context.prefix}-web-pages"
  comment = "Chooses the page of a path"
  runtime = "cloudfront-js-2.0"
  publish = true
  code    = file("${path.module}/pages.js")
}

# The API sets headers of its own. These are for the web alone, and for its errors.
resource "aws_cloudfront_response_headers_policy" "this" {
  name    = "${var.context.prefix}-web"
  comment = "Security headers of the web application"

  security_headers_config {
    content_security_policy {
      # local/src/web.rs has the same one; a test compares them.
      content_security_policy = trimspace(file("${path.module}/content-security-policy.txt"))
      override                = true
    }

    content_type_options {
      override = true
    }

    frame_options {
      frame_option = "DENY"
      override     = true
    }

    # No other site learns the address of a page.
    referrer_policy {
      referrer_policy = "same-origin"
      override        = true
    }

    # The same as the API's, which is on the same origin.
    strict_transport_security {
      access_control_max_age_sec = 31536000
      include_subdomains         = true
      override                   = true
    }
  }

  custom_headers_config {
    dynamic "items" {
      for_each = {
        "cross-origin-opener-policy"   = "same-origin"
        "cross-origin-resource-policy" = "same-origin"
        "permissions-policy"           = "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"
      }

      content {
        header   = items.key
        value    = items.value
        override = true
      }
    }
  }
}
