#include "aws/endpoint.h"

#include <array>

namespace bauta::aws {
namespace {

// A group of regions with names of its own.
struct Partition {
  std::string_view regions;  // What their names begin with.
  std::string_view suffix, dual_stack_suffix;
};

constexpr std::array<Partition, 7> kPartitions = {{
    {"cn-", "amazonaws.com.cn", "api.amazonwebservices.com.cn"},
    {"eusc-", "amazonaws.eu", "api.amazonwebservices.eu"},
    {"us-iso-", "c2s.ic.gov", "api.aws.ic.gov"},
    {"us-isob-", "sc2s.sgov.gov", "api.aws.scloud"},
    {"eu-isoe-", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"},
    {"us-isof-", "csp.hci.ic.gov", "api.aws.hci.ic.gov"},
    {"", "amazonaws.com", "api.aws"},  // All others.
}};

const Partition& PartitionOf(std::string_view region) {
  for (const Partition& partition : kPartitions) {
    if (region.starts_with(partition.regions)) return partition;
  }
  return kPartitions.back();
}

struct Names {
  const char* label;     // In messages.
  const char* host;      // What the regional host begins with.
  const char* variable;  // Names an endpoint in the environment.
  const char* section;   // In a services section.
  bool fips_in_gov;      // GovCloud has FIPS endpoints apart from the others.
};

const Names& NamesOf(Service service) {
  static constexpr std::array<Names, 4> kNames = {{
      {"SQS", "sqs", "AWS_ENDPOINT_URL_SQS", "sqs", false},
      {"STS", "sts", "AWS_ENDPOINT_URL_STS", "sts", false},
      {"SSO", "portal.sso", "AWS_ENDPOINT_URL_SSO", "sso", false},
      {"KMS", "kms", "AWS_ENDPOINT_URL_KMS", "kms", true},
  }};
  return kNames.at(static_cast<std::size_t>(service));
}

std::string_view WithoutScheme(std::string_view url) {
  const std::size_t at = url.find("://");
  return at == std::string_view::npos ? url : url.substr(at + 3);
}

std::string Origin(std::string_view url) {
  return std::string(url.substr(0, url.find("://") + 3)) + HostOfUrl(url);
}

bool EndsWithLabels(std::string_view host, std::string_view suffix) {
  return host.size() > suffix.size() && host.ends_with(suffix) &&
         host[host.size() - suffix.size() - 1] == '.';
}

bool IsAwsHost(std::string_view host) {
  host = host.substr(0, host.find(':'));
  for (const Partition& partition : kPartitions) {
    if (EndsWithLabels(host, partition.suffix)) return true;
    if (EndsWithLabels(host, partition.dual_stack_suffix)) return true;
  }
  return false;
}

bool LooksLikeRegion(std::string_view label) {
  // eu-west-1, us-gov-east-1, eusc-de-east-1
  return label.size() > 6 && label.find('-') != std::string_view::npos && label.back() >= '0' &&
         label.back() <= '9';
}

// One of a VPC's own, which has no FIPS or dual-stack sister.
bool IsVpcHost(std::string_view host) { return host.find(".vpce.") != std::string_view::npos; }

std::optional<std::string> ConfiguredEndpoint(const Names& names, const Environment& environment,
                                              const Profile& profile) {
  if (IsSet(environment, profile, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
            "ignore_configured_endpoint_urls")) {
    return std::nullopt;
  }
  if (auto url = environment.variable(names.variable)) return url;
  if (auto url = environment.variable("AWS_ENDPOINT_URL")) return url;
  const auto service = profile.services.find(std::string(names.section) + ".endpoint_url");
  if (service != profile.services.end()) return service->second;
  return profile.Get("endpoint_url");
}

std::optional<std::string> ConfiguredRegion(const Wishes& wishes, const Environment& environment,
                                            const Profile& profile) {
  if (wishes.region && !wishes.region->empty()) return wishes.region;
  if (auto region = environment.variable("AWS_REGION")) return region;
  if (auto region = environment.variable("AWS_DEFAULT_REGION")) return region;
  return profile.Get("region");
}

// The kinds of regional endpoints that may be asked for.
struct Variant {
  bool fips = false, dual_stack = false;

  bool any() const { return fips || dual_stack; }
  const char* name() const { return fips ? "AWS_USE_FIPS_ENDPOINT" : "AWS_USE_DUALSTACK_ENDPOINT"; }
};

Variant VariantOf(const Environment& environment, const Profile& profile) {
  return {
      IsSet(environment, profile, "AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint"),
      IsSet(environment, profile, "AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint"),
  };
}

std::string RegionalUrl(const Names& names, const std::string& region, Variant variant) {
  const Partition& partition = PartitionOf(region);
  std::string host = names.host;
  // All endpoints of GovCloud are FIPS endpoints, most under the plain name.
  const bool plain_name =
      region.starts_with("us-gov-") && !variant.dual_stack && !names.fips_in_gov;
  if (variant.fips && !plain_name) host += "-fips";
  host += '.' + region + '.';
  host += variant.dual_stack ? partition.dual_stack_suffix : partition.suffix;
  return "https://" + host;
}

std::string WithoutTrailingSlash(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url;
}

// An endpoint that somebody named.
Result<Endpoint> Named(const Names& names, const std::string& url) {
  const std::string label = names.label;
  if (!IsQueueUrl(url) || HostOfUrl(url).empty() || !IsPlain(url) ||
      url.find_first_of("?#@") != std::string::npos) {
    return ConfigError("the " + label + " endpoint is no http:// or https:// URL",
                       "endpoint, " + std::string(names.variable) +
                           " or AWS_ENDPOINT_URL must look like http://127.0.0.1:4566");
  }
  Endpoint endpoint;
  endpoint.url = WithoutTrailingSlash(url);
  const std::string host = HostOfUrl(endpoint.url);
  endpoint.aws = IsAwsHost(host);
  if (endpoint.aws && endpoint.url.starts_with("http://")) {
    return ConfigError(
        "the " + label + " endpoint is AWS's, but over http:// all would travel in clear",
        "write https://" + host.substr(0, host.find(':')));
  }
  return endpoint;
}

// "eu-west-1" of "arn:aws:kms:eu-west-1:111122223333:key/...".
std::optional<std::string> RegionOfArn(std::string_view arn) {
  if (!arn.starts_with("arn:")) return std::nullopt;
  for (int i = 0; i < 3; ++i) {
    const std::size_t colon = arn.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    arn.remove_prefix(colon + 1);
  }
  const std::string_view region = arn.substr(0, arn.find(':'));
  if (region.empty()) return std::nullopt;
  return std::string(region);
}

Error NoVariantOf(const Names& names, Variant variant) {
  return ConfigError("an " + std::string(names.label) + " endpoint is named, but " +
                         variant.name() + " asks for the region's own",
                     "drop one of the two (config, environment or profile)");
}

Result<Endpoint> Regional(const Names& names, const std::string& region, Variant variant) {
  if (!IsPlain(region) || region.find_first_of("/.:@?#") != std::string::npos) {
    return ConfigError("the AWS region is no name of a region");
  }
  return Endpoint{RegionalUrl(names, region, variant), region, true};
}

}  // namespace

bool IsPlain(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) <= ' ' || c == 0x7f) return false;
  }
  return true;
}

bool IsQueueUrl(std::string_view queue) {
  return queue.starts_with("http://") || queue.starts_with("https://");
}

std::string QueueName(std::string_view queue) {
  while (queue.ends_with('/')) queue.remove_suffix(1);
  return std::string(queue.substr(queue.rfind('/') + 1));
}

std::string HostOfUrl(std::string_view url) {
  url = WithoutScheme(url);
  return std::string(url.substr(0, url.find_first_of("/?#")));
}

std::string HostHeaderOfUrl(std::string_view url) {
  std::string host = HostOfUrl(url);
  const std::string_view port = url.starts_with("https") ? ":443" : ":80";
  if (host.ends_with(port)) host.resize(host.size() - port.size());
  return host;
}

std::string PathOfUrl(std::string_view url) {
  url = WithoutScheme(url);
  const std::size_t slash = url.find('/');
  return slash == std::string_view::npos ? "/" : std::string(url.substr(slash));
}

std::optional<std::string> RegionOfHost(std::string_view host) {
  if (!IsAwsHost(host)) return std::nullopt;
  if (host.substr(0, host.find(':')) == "queue.amazonaws.com") return "us-east-1";
  while (!host.empty()) {
    const std::size_t dot = host.find('.');
    const std::string_view label = host.substr(0, dot);
    if (LooksLikeRegion(label) && !label.starts_with("vpce-")) return std::string(label);
    if (dot == std::string_view::npos) break;
    host.remove_prefix(dot + 1);
  }
  return std::nullopt;
}

Result<Endpoint> ResolveEndpoint(const Wishes& wishes, const Environment& environment,
                                 const Profile& profile) {
  const Names& names = NamesOf(Service::kSqs);
  const Variant variant = VariantOf(environment, profile);
  std::optional<std::string> region = ConfiguredRegion(wishes, environment, profile);

  std::optional<std::string> url = wishes.endpoint && !wishes.endpoint->empty()
                                       ? wishes.endpoint
                                       : ConfiguredEndpoint(names, environment, profile);
  if (url && variant.any()) return NoVariantOf(names, variant);
  if (!url && IsQueueUrl(wishes.queue)) url = Origin(wishes.queue);
  if (url) {
    Endpoint endpoint = TRY(Named(names, *url));
    const std::string host = HostOfUrl(endpoint.url);
    // Amazon refuses a signature for another region than the endpoint's.
    if (auto of_host = RegionOfHost(host)) region = of_host;
    if (!region && !endpoint.aws) region = "us-east-1";
    if (region && endpoint.aws && variant.any() && !IsVpcHost(host)) {
      return Regional(names, *region, variant);
    }
    if (region && !IsPlain(*region)) return ConfigError("the AWS region holds white space");
    if (region) {
      endpoint.region = *region;
      return endpoint;
    }
  }
  if (!region) {
    return ConfigError("no AWS region is set",
                       "set AWS_REGION or source.sqs.region, or name an endpoint");
  }
  return Regional(names, *region, variant);
}

Result<Endpoint> ResolveService(Service service, const std::string& region,
                                const Environment& environment, const Profile& profile) {
  const Names& names = NamesOf(service);
  const Variant variant = VariantOf(environment, profile);
  const std::optional<std::string> url = ConfiguredEndpoint(names, environment, profile);
  if (!url) return Regional(names, region, variant);
  if (variant.any()) return NoVariantOf(names, variant);
  Endpoint endpoint = TRY(Named(names, *url));
  endpoint.region = RegionOfHost(HostOfUrl(endpoint.url)).value_or(region);
  return endpoint;
}

Result<Endpoint> ResolveKms(const std::string& key_id, const Environment& environment,
                            const Profile& profile) {
  std::optional<std::string> region = RegionOfArn(key_id);
  if (!region) region = ConfiguredRegion({}, environment, profile);
  if (!region && !ConfiguredEndpoint(NamesOf(Service::kKms), environment, profile)) {
    return ConfigError("no AWS region is set for the KMS key",
                       "set AWS_REGION, or name the key by its ARN");
  }
  return ResolveService(Service::kKms, region.value_or("us-east-1"), environment, profile);
}

}  // namespace bauta::aws
