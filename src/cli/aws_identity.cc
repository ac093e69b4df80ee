#include "cli/aws_identity.h"

#include <fmt/format.h>

#include <algorithm>

#include "aws/credentials.h"
#include "aws/sts.h"
#include "cli/wiring.h"
#include "config/codes.h"

namespace bauta::cli {
namespace {

namespace codes = config::codes;

struct Signer {
  std::string source;
  aws::Credentials credentials;
  aws::Endpoint queue, sts;
};

Result<Signer> FindSigner(const config::Config& config, const aws::Environment& environment,
                          aws::Outside& outside) {
  const aws::Profiles profiles = aws::Profiles::Load(environment);
  const aws::Profile profile = profiles.Chosen();
  Signer signer;
  signer.queue = TRY(aws::ResolveEndpoint(
      {config.source.queue, config.source.region, config.source.endpoint}, environment, profile));
  const aws::Provider provider = TRY(aws::FindProvider(signer.queue, environment, profiles));
  signer.source = provider.source;
  signer.credentials = TRY(provider.fetch(outside));
  signer.sts =
      TRY(aws::ResolveService(aws::Service::kSts, signer.queue.region, environment, profile));
  return signer;
}

bool QueueIsBlamed(const config::Loaded& loaded) {
  return std::any_of(loaded.problems.begin(), loaded.problems.end(), [](const auto& problem) {
    return problem.severity == config::Severity::kError && problem.path == paths::kQueue;
  });
}

}  // namespace

std::string CheckAwsIdentity(config::Loaded& loaded, const aws::Environment& environment) {
  aws::Outside outside(environment);
  const Result<Signer> signer = FindSigner(loaded.config, environment, outside);
  if (!signer.ok()) return {};
  if (!signer->queue.aws && signer->sts.aws) {
    return fmt::format("credentials: {}", signer->source);
  }
  const Result<aws::CallerIdentity> who =
      aws::GetCallerIdentity(signer->sts, signer->credentials, outside);
  if (who.ok()) return fmt::format("{}, account {} ({})", who->arn, who->account, signer->source);
  const Error& error = who.error();
  if (error.code != ErrorCode::kRejected) {
    return fmt::format("credentials: {}; STS does not say whose: {}", signer->source,
                       error.message);
  }
  if (!QueueIsBlamed(loaded)) {
    loaded.problems.push_back(loaded.At(
        codes::kQueue, paths::kQueue,
        fmt::format("AWS refuses the credentials ({}): {}", signer->source, error.message),
        "renew them where they come from"));
  }
  return fmt::format("credentials: {}; refused", signer->source);
}

}  // namespace bauta::cli
