#!/bin/sh
# Issues the site's certificate, and makes a local certificate authority (CA) first where there is none.
#
#   certs/issue.sh [command…]     the command runs only when a new certificate is in place: nginx -s reload
#
# DOMAIN         the one name that the certificate is for                          letterlock.localhost
# CERTS_FOLDER   where everything is kept; made when it is not there               ./data/certs
# CA_CERTIFICATE a CA's certificate instead of the local one
# CA_KEY         the key of either                                                 $CERTS_FOLDER/ca/key.pem
# FORCE          1: issue now, though the present certificate is not due
#
# It asks nothing, and changes nothing until the new certificate has passed every check. Run it every day.
set -eu
umask 077

DOMAIN=${DOMAIN:-letterlock.localhost}
CERTS_FOLDER=${CERTS_FOLDER:-./data/certs}
LOCAL_CA=$CERTS_FOLDER/ca/certificate.pem
CA_CERTIFICATE=${CA_CERTIFICATE:-$LOCAL_CA}
CA_KEY=${CA_KEY:-$CERTS_FOLDER/ca/key.pem}
FORCE=${FORCE:-0}

CA_DAYS=3650
SITE_DAYS=90
RENEW_AFTER_DAYS=60
RENEW_BEFORE_SECONDS=$(((SITE_DAYS - RENEW_AFTER_DAYS) * 24 * 60 * 60))
SITE=$CERTS_FOLDER/site

fail() {
  echo "certs/issue.sh: $1" >&2
  exit 1
}

# A certificate's common name holds 64 characters at most.
check_domain() {
  [ ${#DOMAIN} -le 64 ] || fail "DOMAIN=$DOMAIN is longer than 64 characters."
  advice="DOMAIN=$DOMAIN must be a host name with a dot, in lower case, such as chat.example.org; no port, no address."
  case $DOMAIN in *[!a-z0-9.-]*) fail "$advice" ;; esac
  echo "$DOMAIN" | grep -Eqx '([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]([a-z0-9-]*[a-z0-9])?' || fail "$advice"
}

make_key() {
  openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:secp384r1 -pkeyopt ec_param_enc:named_curve -out "$1"
}

# 120 random bits after a leading one: never zero, never negative, 16 bytes.
make_serial() {
  echo "0x1$(openssl rand -hex 15)"
}

# Names and addresses are constrained each by itself: a kind that is not named would be permitted altogether.
make_ca() {
  mkdir -p "$CERTS_FOLDER/ca"
  make_key "$CA_KEY"
  cat >"$work/ca.cnf" <<END
[req]
prompt = no
distinguished_name = subject
[subject]
CN = Letterlock local CA for $DOMAIN
[ca]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
nameConstraints = critical, @permitted
[permitted]
permitted;DNS = $DOMAIN
permitted;IP.1 = 127.0.0.1/255.255.255.255
permitted;IP.2 = 0:0:0:0:0:0:0:1/FFFF:FFFF:FFFF:FFFF:FFFF:FFFF:FFFF:FFFF
END
  openssl req -x509 -new -key "$CA_KEY" -sha384 -days "$CA_DAYS" -set_serial "$(make_serial)" \
    -config "$work/ca.cnf" -extensions ca -out "$CA_CERTIFICATE"
  chmod 0400 "$CA_KEY"
  chmod 0444 "$CA_CERTIFICATE"
  echo "Made a CA for $DOMAIN. Browsers have to be told to trust $CA_CERTIFICATE: certs/README.md says how."
}

public_key() { openssl x509 -in "$1" -noout -pubkey; }

check_ca() {
  [ -r "$CA_KEY" ] || fail "a certificate is due and the CA's key is not at $CA_KEY. Bring it back, or name its place by CA_KEY, and run this again."
  [ "$(public_key "$CA_CERTIFICATE")" = "$(openssl pkey -in "$CA_KEY" -pubout)" ] ||
    fail "the key at $CA_KEY does not belong to the certificate $CA_CERTIFICATE."
  openssl x509 -in "$CA_CERTIFICATE" -noout -checkend $((SITE_DAYS * 24 * 60 * 60)) >/dev/null ||
    fail "the CA $CA_CERTIFICATE ends within $SITE_DAYS days. Make a new one: move $CERTS_FOLDER away, and run this again."
}

is_current() {
  [ "$FORCE" != 1 ] && [ -r "$SITE/certificate.pem" ] &&
    openssl x509 -in "$SITE/certificate.pem" -noout -checkend "$RENEW_BEFORE_SECONDS" >/dev/null &&
    is_right "$SITE/certificate.pem" "$SITE/key.pem"
}

# is_right CERTIFICATE KEY
is_right() {
  openssl verify -x509_strict -purpose sslserver -verify_hostname "$DOMAIN" -partial_chain \
    -CAfile "$CA_CERTIFICATE" "$1" >/dev/null &&
    [ "$(public_key "$1")" = "$(openssl pkey -in "$2" -pubout)" ]
}

# A new key each time, in a folder of its own.
issue() {
  make_key "$work/key.pem"
  cat >"$work/site.cnf" <<END
[site]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always
subjectAltName = DNS:$DOMAIN
END
  openssl req -new -key "$work/key.pem" -sha384 -subj "/CN=$DOMAIN" -out "$work/request.pem"
  openssl x509 -req -in "$work/request.pem" -CA "$CA_CERTIFICATE" -CAkey "$CA_KEY" -set_serial "$(make_serial)" \
    -sha384 -days "$SITE_DAYS" -extfile "$work/site.cnf" -extensions site -out "$work/certificate.pem" 2>"$work/said" ||
    fail "openssl did not sign: $(cat "$work/said")"
  is_right "$work/certificate.pem" "$work/key.pem" ||
    fail "the CA $CA_CERTIFICATE may not issue a certificate for $DOMAIN. For another domain make another CA: move $CERTS_FOLDER away, and run this again."
}

# nginx reads the leaf and what stands between it and the root; browsers have the root.
add_intermediate() {
  subject=$(openssl x509 -in "$CA_CERTIFICATE" -noout -subject_hash)
  [ "$subject" = "$(openssl x509 -in "$CA_CERTIFICATE" -noout -issuer_hash)" ] ||
    cat "$CA_CERTIFICATE" >>"$work/certificate.pem"
}

# Certificate and key change together, by one link; nginx reads them again when it is told to.
put_in_place() {
  name=issued/$(openssl x509 -in "$work/certificate.pem" -noout -serial | cut -d= -f2)
  mkdir -p "$CERTS_FOLDER/$name"
  mv "$work/certificate.pem" "$work/key.pem" "$CERTS_FOLDER/$name/"
  chmod 0444 "$CERTS_FOLDER/$name/certificate.pem"
  chmod 0400 "$CERTS_FOLDER/$name/key.pem"
  before=$(readlink "$SITE" || true)
  ln -s "$name" "$work/site"
  mv -T "$work/site" "$SITE"
  [ -z "$before" ] || rm -r "${CERTS_FOLDER:?}/$before"
  echo "Issued a certificate for $DOMAIN: $SITE/certificate.pem"
}

check_domain
mkdir -p "$CERTS_FOLDER"
work=$(mktemp -d "$CERTS_FOLDER/.work-XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM HUP

[ -r "$CA_CERTIFICATE" ] || [ "$CA_CERTIFICATE" = "$LOCAL_CA" ] || fail "CA_CERTIFICATE=$CA_CERTIFICATE cannot be read."
[ -e "$CA_CERTIFICATE" ] || make_ca
if is_current; then
  echo "The certificate for $DOMAIN is not due."
  exit 0
fi
check_ca
issue
add_intermediate
put_in_place
[ $# -eq 0 ] || "$@"
