# DynamoDB tables: one for each domain, and one for revoked access. DynamoDB encrypts them with its own key, which is
# free of charge.

resource "aws_dynamodb_table" "this" {
  for_each                    = var.tables
  name                        = "${var.context.prefix}-${each.key}"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = each.value.partition_key
  range_key                   = each.value.sort_key
  stream_enabled              = each.value.stream_view != null
  stream_view_type            = each.value.stream_view
  deletion_protection_enabled = var.deletion_protection

  dynamic "attribute" {
    for_each = toset(flatten([for one in concat([each.value], values(each.value.indexes)) : [one.partition_key, one.sort_key]]))

    content {
      name = attribute.value
      type = "S"
    }
  }

  dynamic "global_secondary_index" {
    for_each = each.value.indexes

    content {
      name            = global_secondary_index.key
      hash_key        = global_secondary_index.value.partition_key
      range_key       = global_secondary_index.value.sort_key
      projection_type = global_secondary_index.value.projection
    }
  }

  ttl {
    enabled        = true
    attribute_name = each.value.ttl_attribute
  }

  point_in_time_recovery {
    enabled = var.point_in_time_recovery
  }
}

# Fails the plan where DynamoDB's own deletion protection would fail in the middle of an apply: when a table would be
# destroyed, removed, or changed so that a new one replaces it (its ARN is then unknown). `prevent_destroy` accepts no
# variable, but `for_each` does. To delete a table on purpose, remove this resource from the state first:
# `terraform state rm`.
resource "terraform_data" "table_is_kept" {
  for_each         = var.deletion_protection ? var.tables : {}
  triggers_replace = aws_dynamodb_table.this[each.key].arn

  lifecycle {
    prevent_destroy = true
  }
}

# The AWS CLI sets the warm throughput, because the provider has no argument for it before version 6. It can be raised
# but not lowered.
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
        "--region ${var.context.region}",
        "--table-name ${aws_dynamodb_table.this[each.key].name}",
        "--warm-throughput ReadUnitsPerSecond=${each.value.read},WriteUnitsPerSecond=${each.value.write}",
      ],
      length(var.tables[each.key].indexes) == 0 ? [] : ["--global-secondary-index-updates '${jsonencode([
        for index in keys(var.tables[each.key].indexes) : {
          Update = {
            IndexName      = index
            WarmThroughput = { ReadUnitsPerSecond = each.value.read, WriteUnitsPerSecond = each.value.write }
          }
        }
      ])}'"],
    ))
  }
}
