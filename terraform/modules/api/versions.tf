terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "5.100.0"
      # CloudFront accepts certificates and web ACLs only from us-east-1.
      configuration_aliases = [aws.us_east_1]
    }
  }
}
