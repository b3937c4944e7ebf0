# The built files. The name of an asset contains the hash of its content, so browsers and CloudFront keep it for a year.
# Everything else is asked for again each time, so that a release is seen at once; most answers are 304 without a body.

locals {
  files  = fileset(var.directory, "**")
  assets = [for file in local.files : file if startswith(file, "assets/")]

  # With `nosniff` a browser refuses a script or a style sheet that has another type.
  content_types = {
    avif        = "image/avif"
    css         = "text/css; charset=utf-8"
    gif         = "image/gif"
    html        = "text/html; charset=utf-8"
    ico         = "image/x-icon"
    jpg         = "image/jpeg"
    js          = "text/javascript; charset=utf-8"
    json        = "application/json"
    map         = "application/json"
    png         = "image/png"
    svg         = "image/svg+xml"
    txt         = "text/plain; charset=utf-8"
    wasm        = "application/wasm"
    webmanifest = "application/manifest+json"
    webp        = "image/webp"
    woff2       = "font/woff2"
  }

  extension_of = { for file in local.files : file => try(regex("\\.(\\w+)$", file)[0], "") }
}

# Assets are only added. A page that was opened before a release loads its further assets under their old names; Terraform
# would delete an `aws_s3_object` whose file is gone, and the CLI deletes nothing. All assets of a release have about a
# megabyte: those of a thousand releases cost two cents a month. A lifecycle rule would count from the upload, and delete
# an asset that has been in use, unchanged, for longer than that.
resource "terraform_data" "assets" {
  for_each = toset([for file in local.assets : local.extension_of[file]])

  triggers_replace = {
    bucket        = aws_s3_bucket.this.id
    content_type  = lookup(local.content_types, each.key, null)
    cache_control = "public, max-age=31536000, immutable"
    files = sha256(jsonencode({
      for file in local.assets : file => filesha256("${var.directory}/${file}") if local.extension_of[file] == each.key
    }))
  }

  provisioner "local-exec" {
    command = join(" ", [
      "aws s3 cp --recursive --only-show-errors --region ${var.context.region}",
      "--exclude '*' --include '*.${each.key}'",
      "--cache-control '${self.triggers_replace.cache_control}'",
      "--content-type '${self.triggers_replace.content_type}'",
      "\"$DIRECTORY/assets\" 's3://${self.triggers_replace.bucket}/assets'",
    ])
    environment = { DIRECTORY = var.directory }
  }

  lifecycle {
    # A new bucket has the name of the old one.
    replace_triggered_by = [aws_s3_bucket.this.id]

    precondition {
      condition     = contains(keys(local.content_types), each.key)
      error_message = "web_directory: add the content type of .${each.key} to content_types in terraform/modules/web/files.tf; a browser does not guess it."
    }
  }

  # No object is stored unencrypted.
  depends_on = [aws_s3_bucket_server_side_encryption_configuration.this]
}

resource "aws_s3_object" "document" {
  for_each      = setsubtract(local.files, local.assets)
  bucket        = aws_s3_bucket.this.id
  key           = each.key
  source        = "${var.directory}/${each.key}"
  source_hash   = filesha256("${var.directory}/${each.key}")
  content_type  = lookup(local.content_types, local.extension_of[each.key], null)
  cache_control = "no-cache"

  lifecycle {
    precondition {
      condition     = contains(keys(local.content_types), local.extension_of[each.key])
      error_message = "web_directory: add the content type of ${each.key} to content_types in terraform/modules/web/files.tf; a browser does not guess it."
    }
  }

  # A page never names an asset that is not there yet.
  depends_on = [terraform_data.assets]
}
