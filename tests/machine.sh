#!/bin/sh
# What tests use of the machine itself: each line below is a check, the Debian package that fulfils it, and what is
# skipped without it. As root on a machine with apt the missing ones are installed; otherwise this only says what is
# skipped. It never fails: a test that lacks something skips and says so.
set -u

has_browser() { command -v chromium || command -v chromium-browser || command -v google-chrome; }
has_chinese_font() { [ -n "$(fc-list :lang=zh-cn family 2>/dev/null)" ]; }
has_pdf_renderer() { command -v pdftoppm; }
has_modbus_poll() { command -v mbpoll; }
has_modbus_library() { [ -e /usr/include/modbus/modbus.h ]; }
has_mosquitto() { command -v mosquitto || command -v /usr/sbin/mosquitto; }
has_mosquitto_clients() { command -v mosquitto_pub && command -v mosquitto_rr; }

each() {
    "$1" has_browser chromium "the browser tests"
    "$1" has_chinese_font fonts-noto-cjk "the looks of Chinese text in screenshots"
    "$1" has_pdf_renderer poppler-utils "the looks of PDF pages"
    "$1" has_modbus_poll mbpoll "our Modbus server against an independent client"
    "$1" has_modbus_library libmodbus-dev "our Modbus client against an independent server"
    "$1" has_mosquitto mosquitto "MQTT and Sparkplug B at a broker"
    "$1" has_mosquitto_clients mosquitto-clients "MQTT against libmosquitto"
}

packages=
collect() { "$1" >/dev/null 2>&1 || packages="$packages $2"; }
report() { "$1" >/dev/null 2>&1 || echo "Without $2 these are skipped: $3."; }

each collect
[ -n "$packages" ] || exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing$packages ..."
    export DEBIAN_FRONTEND=noninteractive
    options="-qq -o Acquire::Retries=1 -o Acquire::http::Timeout=20 -o Acquire::https::Timeout=20"
    { apt-get $options update && apt-get $options install -y --no-install-recommends fontconfig $packages; } \
        >/dev/null 2>&1 || echo "apt-get could not install all of them."
fi
each report
