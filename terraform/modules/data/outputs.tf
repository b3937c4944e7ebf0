output "tables" {
  description = "Each table by its short name: its deployed name, its ARN, and the ARN of its stream."
  value = {
    for name, table in aws_dynamodb_table.this : name => {
      name       = table.name
      arn        = table.arn
      stream_arn = table.stream_arn
    }
  }
}
