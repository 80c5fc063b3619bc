#!/usr/bin/env bash
# Makes the certificates and stores that the specs of TLS use. Needs OpenSSL 3 (with its legacy provider)
# and keytool of Java 17. All passwords are "changeit"; nothing that is made here protects anything.
set -euo pipefail
cd "$(dirname "$0")"
rm -f -- *.pem *.p12 *.jks *.jceks
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

key() { openssl ecparam -name prime256v1 -genkey -noout | openssl pkcs8 -topk8 -nocrypt -out "$1-key.pem"; }

authority() { # name
  key "$1"
  openssl req -x509 -new -key "$1-key.pem" -subj "/CN=$1" -days 36500 -out "$1.pem" \
    -addext basicConstraints=critical,CA:true -addext keyUsage=critical,keyCertSign,cRLSign
}

certificate() { # name authority alternative-names [start end]
  [ -f "$1-key.pem" ] || key "$1"
  openssl req -new -key "$1-key.pem" -subj "/CN=$1" -out "$work/$1.csr"
  : >"$work/index.txt"
  cat >"$work/ca.cnf" <<CONF
[ca]
default_ca = it
[it]
database = $work/index.txt
new_certs_dir = $work
default_md = sha256
policy = any
rand_serial = yes
unique_subject = no
x509_extensions = extensions
[any]
commonName = supplied
[extensions]
basicConstraints = CA:false
subjectAltName = $3
CONF
  openssl ca -batch -notext -config "$work/ca.cnf" -cert "$2.pem" -keyfile "$2-key.pem" \
    -in "$work/$1.csr" -out "$1.pem" -startdate "${4:-20200101000000Z}" -enddate "${5:-21200101000000Z}" 2>/dev/null
}

here=DNS:localhost,IP:127.0.0.1,IP:::1
authority authority
authority stranger
certificate server authority $here
certificate client authority DNS:client
certificate strange-client stranger DNS:client
certificate expired authority $here 20200101000000Z 20210101000000Z
certificate future authority $here 21190101000000Z 21200101000000Z
certificate elsewhere authority DNS:kafka.example.com
openssl req -x509 -new -key server-key.pem -subj /CN=self -days 36500 -addext "subjectAltName=$here" -out self.pem


# Keys under a password, in the ways that PEM has.
openssl pkcs8 -topk8 -in client-key.pem -v2 aes-256-cbc -passout pass:changeit -out client-key-pbes2.pem
openssl pkcs8 -topk8 -in client-key.pem -v1 PBE-SHA1-3DES -passout pass:changeit -out client-key-3des.pem
openssl pkcs8 -topk8 -in client-key.pem -v1 PBE-MD5-DES -provider legacy -provider default -passout pass:changeit -out client-key-md5-des.pem
openssl ec -in client-key.pem -out client-key-sec1.pem 2>/dev/null

# Stores by OpenSSL: as it makes them now, as it did before 3.0, and with other ciphers.
cat client.pem authority.pem >"$work/chain.pem"
p12() { openssl pkcs12 -export -in "$work/chain.pem" -inkey client-key.pem -name client -passout pass:changeit -out "$@"; }
p12 client-openssl.p12
p12 client-legacy.p12 -legacy
p12 client-aes128.p12 -keypbe AES-128-CBC -certpbe AES-128-CBC -macalg sha512
openssl pkcs12 -export -nokeys -in authority.pem -passout pass:changeit -out trust-openssl.p12 -jdktrust anyExtendedKeyUsage 2>/dev/null ||
  openssl pkcs12 -export -nokeys -in authority.pem -passout pass:changeit -out trust-openssl.p12

# Stores by keytool.
kt() { keytool -noprompt -storepass changeit "$@" 2>/dev/null; }
kt -importkeystore -srckeystore client-openssl.p12 -srcstorepass changeit -destkeystore client-keytool.p12 -deststoretype PKCS12
kt -importkeystore -srckeystore client-openssl.p12 -srcstorepass changeit -destkeystore client.jks -deststoretype JKS -destkeypass other-password -srcalias client
kt -importkeystore -srckeystore client-openssl.p12 -srcstorepass changeit -destkeystore client-old-keytool.p12 -deststoretype PKCS12 -J-Dkeystore.pkcs12.legacy=true
for store in trust-keytool.p12:PKCS12 trust.jks:JKS; do
  kt -importcert -alias authority -file authority.pem -keystore "${store%:*}" -storetype "${store#*:}"
done
kt -importcert -alias authority -file authority.pem -keystore trust-old-keytool.p12 -storetype PKCS12 -J-Dkeystore.pkcs12.legacy=true
kt -importcert -alias authority -file authority.pem -keystore trust.jceks -storetype JCEKS

rm -f stranger-key.pem
