#include "pg/conninfo.h"

#include <libpq-fe.h>
#include <unistd.h>

#include <array>
#include <memory>

namespace bauta::pg {
namespace {

const std::string* Find(const Keywords& keywords, std::string_view key) {
  for (const auto& [k, v] : keywords) {
    if (k == key) return &v;
  }
  return nullptr;
}

Result<Keywords> Parse(const std::string& url) {
  char* why = nullptr;
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> parsed(
      PQconninfoParse(url.c_str(), &why), PQconninfoFree);
  if (why != nullptr) PQfreemem(why);  // Quotes the URL, and with it a password.
  if (parsed == nullptr) {
    return ConfigError("the database URL is neither a postgresql:// URL nor libpq keywords",
                       "example: postgresql://user@host:5432/database; special characters in a "
                       "password must be percent-encoded");
  }
  Keywords keywords;
  for (const PQconninfoOption* o = parsed.get(); o->keyword != nullptr; ++o) {
    if (o->val != nullptr && *o->val != '\0') keywords.emplace_back(o->keyword, o->val);
  }
  return keywords;
}

// What counts for a keyword: the URL, else its variable.
std::string Effective(const Keywords& keywords, const char* key, const char* variable,
                      const std::function<const char*(const char*)>& env) {
  if (const std::string* v = Find(keywords, key)) return *v;
  const char* const v = env(variable);
  return v == nullptr ? "" : v;
}

bool AnyFar(const std::string& hosts) {
  std::size_t from = 0;
  while (from <= hosts.size()) {
    const std::size_t comma = std::min(hosts.find(',', from), hosts.size());
    if (IsFarHost(std::string_view(hosts).substr(from, comma - from))) return true;
    from = comma + 1;
  }
  return false;
}

std::string SystemBundle() {
  static constexpr std::array kPlaces = {"/etc/ssl/certs/ca-certificates.crt",
                                         "/etc/pki/tls/certs/ca-bundle.crt",
                                         "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem"};
  for (const char* place : kPlaces) {
    if (access(place, R_OK) == 0) return place;
  }
  return "";
}

}  // namespace

bool IsFarHost(std::string_view host) {
  if (host.empty() || host[0] == '/' || host[0] == '@') return false;
  if (host == "::1" || host.starts_with("127.")) return false;
  return host.find('.') != std::string_view::npos || host.find(':') != std::string_view::npos;
}

Result<Keywords> ConnectKeywords(const ConnectOptions& options,
                                 const std::function<const char*(const char*)>& env) {
  Keywords keywords = TRY(Parse(options.url));
  const auto add = [&keywords](const char* key, std::string value) {
    if (Find(keywords, key) == nullptr) keywords.emplace_back(key, std::move(value));
  };
  const std::string hosts = Effective(keywords, "host", "PGHOST", env);
  const std::string addresses = Effective(keywords, "hostaddr", "PGHOSTADDR", env);
  const bool service = !Effective(keywords, "service", "PGSERVICE", env).empty();
  std::string ssl = Effective(keywords, "sslmode", "PGSSLMODE", env);

  if (ssl.empty() && !service && (AnyFar(hosts) || AnyFar(addresses))) {
    ssl = "verify-full";
    add("sslmode", ssl);
  }
  if ((ssl == "verify-full" || ssl == "verify-ca") &&
      Effective(keywords, "sslrootcert", "PGSSLROOTCERT", env).empty()) {
    const char* const home = env("HOME");
    const std::string own = std::string(home == nullptr ? "" : home) + "/.postgresql/root.crt";
    const std::string bundle = SystemBundle();
    if (access(own.c_str(), R_OK) != 0 && !bundle.empty()) add("sslrootcert", bundle);
  }
  if ((hosts.find(',') != std::string::npos || addresses.find(',') != std::string::npos) &&
      Effective(keywords, "target_session_attrs", "PGTARGETSESSIONATTRS", env).empty()) {
    add("target_session_attrs", "read-write");
  }
  if (Effective(keywords, "connect_timeout", "PGCONNECT_TIMEOUT", env).empty()) {
    add("connect_timeout", std::to_string(options.connect_timeout.count()));
  }
  add("fallback_application_name", options.application_name);
  // A server that vanished is noticed within half a minute, also in the middle of a COPY.
  add("keepalives_idle", "15");
  add("keepalives_interval", "5");
  add("keepalives_count", "3");
  add("tcp_user_timeout", "30000");
  std::erase_if(keywords, [](const auto& pair) { return pair.first == "client_encoding"; });
  add("client_encoding", "UTF8");
  return keywords;
}

}  // namespace bauta::pg
