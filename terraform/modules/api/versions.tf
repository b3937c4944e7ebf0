terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "5.100.0"
      # CloudFront takes certificates and web ACLs from us-east-1 alone.
      configuration_aliases = [aws.us_east_1]
    }
  }
}
