# One table a domain. shared/store/src/schema.rs is the definition that the code and the local stack use; the
# tests compare what stands here with it.

data "aws_region" "current" {}

# What stands in them is encrypted with DynamoDB's own key, which costs nothing.
locals {
  tables = {
    accounts = { list_index = true }
    concerts = { list_index = true }
    deals    = { list_index = true }
    queue    = { list_index = true }
    revoked  = { list_index = false }
    rewards  = { list_index = true }
    wallet   = { list_index = false }
  }
}

resource "aws_dynamodb_table" "this" {
  for_each                    = local.tables
  name                        = "${var.prefix}-${each.key}"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "pk"
  range_key                   = "sk"
  stream_enabled              = true
  stream_view_type            = "NEW_AND_OLD_IMAGES"
  deletion_protection_enabled = var.deletion_protection

  dynamic "attribute" {
    for_each = each.value.list_index ? ["pk", "sk", "list_pk", "list_sk"] : ["pk", "sk"]

    content {
      name = attribute.value
      type = "S"
    }
  }

  dynamic "global_secondary_index" {
    for_each = each.value.list_index ? ["list"] : []

    content {
      name            = global_secondary_index.value
      hash_key        = "list_pk"
      range_key       = "list_sk"
      projection_type = "KEYS_ONLY"
    }
  }

  ttl {
    enabled        = true
    attribute_name = "expires"
  }

  point_in_time_recovery {
    enabled = var.point_in_time_recovery
  }
}

# Refuses at plan what DynamoDB's own protection would refuse half-way through an apply: destroying a table, taking it
# out, or changing it so that a new one must replace it (its ARN is unknown then). `prevent_destroy` takes no
# variable; a resource that is there or not does. Who means it forgets it first: `terraform state rm`.
resource "terraform_data" "table_is_kept" {
  for_each         = var.deletion_protection ? local.tables : {}
  triggers_replace = aws_dynamodb_table.this[each.key].arn

  lifecycle {
    prevent_destroy = true
  }
}

# The provider has no argument for it before version 6, so the AWS CLI sets it. It can be raised and never lowered.
resource "terraform_data" "warm_throughput" {
  for_each = var.warm_throughput

  triggers_replace = {
    table = aws_dynamodb_table.this[each.key].arn
    units = each.value
  }

  provisioner "local-exec" {
    command = join(" ", concat(
      [
        "aws dynamodb update-table --no-cli-pager",
        "--region ${data.aws_region.current.name}",
        "--table-name ${aws_dynamodb_table.this[each.key].name}",
        "--warm-throughput ReadUnitsPerSecond=${each.value.read},WriteUnitsPerSecond=${each.value.write}",
      ],
      local.tables[each.key].list_index ? ["--global-secondary-index-updates '${jsonencode([{
        Update = {
          IndexName      = "list"
          WarmThroughput = { ReadUnitsPerSecond = each.value.read, WriteUnitsPerSecond = each.value.write }
        }
      }])}'"] : [],
    ))
  }
}
