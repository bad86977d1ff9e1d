provider "aws" {}

variable "path" {
  default = "/first/"
}

# A stack as a module has it that was written for CloudFormation before.
resource "aws_cloudformation_stack" "people" {
  name         = "people"
  capabilities = ["CAPABILITY_NAMED_IAM"]
  parameters   = { Path = var.path }
  tags         = { team = "payments" }

  template_body = jsonencode({
    Parameters = { Path = { Type = "String" } }
    Resources = {
      Person = {
        Type       = "AWS::IAM::User"
        Properties = { UserName = "from-terraform", Path = { Ref = "Path" } }
      }
    }
    Outputs = { Arn = { Value = { "Fn::GetAtt" = ["Person", "Arn"] } } }
  })
}

output "arn" {
  value = aws_cloudformation_stack.people.outputs["Arn"]
}
