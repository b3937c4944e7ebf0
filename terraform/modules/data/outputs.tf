output "tables" {
  description = "Deployed name, ARN and stream ARN of each table, by short name."
  value = {
    for name, table in aws_dynamodb_table.this : name => {
      name       = table.name
      arn        = table.arn
      stream_arn = table.stream_arn
    }
  }
}
