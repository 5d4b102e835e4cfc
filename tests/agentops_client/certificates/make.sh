#!/bin/sh
# Makes the certificates of the doctor's tests anew: sh make.sh. Their keys protect nothing.
set -eu
cd "$(dirname "$0")"
dir=$(mktemp -d)
trap 'rm -r "$dir"' EXIT
touch "$dir/index"
echo 01 >"$dir/serial"
cat >"$dir/ca.conf" <<CONF
[ca]
default_ca = here
[here]
database = $dir/index
serial = $dir/serial
new_certs_dir = $dir
default_md = sha256
policy = any
unique_subject = no
copy_extensions = copy
[any]
commonName = supplied
CONF
# name, its extension, first day, last day, how it is signed
made() {
    openssl ecparam -name prime256v1 -genkey -noout -out "$dir/$1.key"
    openssl req -new -key "$dir/$1.key" -subj "/CN=$1" -addext "$2" -out "$dir/$1.csr"
    name=$1 first=$3 last=$4
    shift 4
    openssl ca -batch -notext -config "$dir/ca.conf" -in "$dir/$name.csr" -startdate "$first" -enddate "$last" \
        -out "$dir/$name.crt" "$@"
    cat "$dir/$name.crt" "$dir/$name.key" >"$name.pem"
}
here=subjectAltName=DNS:localhost,IP:127.0.0.1
made authority basicConstraints=critical,CA:TRUE 20200101000000Z 21260101000000Z \
    -selfsign -keyfile "$dir/authority.key"
cp "$dir/authority.crt" authority.pem
by="-cert authority.pem -keyfile $dir/authority.key"
made trusted "$here" 20200101000000Z 21260101000000Z $by
made expired "$here" 20200101000000Z 20210101000000Z $by
made other_name subjectAltName=DNS:agentops.example 20200101000000Z 21260101000000Z $by
made self_signed "$here" 20200101000000Z 21260101000000Z -selfsign -keyfile "$dir/self_signed.key"
