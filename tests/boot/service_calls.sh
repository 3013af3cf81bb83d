# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# What test_service.py types at dom0's prompt: the service's methods, as a client on the bus.
S=org.vitrine.Vitrine1
R=/org/vitrine/Vitrine1
L=/var/lib/vitrine

# call OBJECT METHOD ARGUMENT... - one method of an object, by gdbus, which prints errors' names.
call() {
    object=$R/$1 method=org.vitrine.$2
    shift 2
    gdbus call --system --timeout 120 --dest $S --object-path "$object" --method "$method" "$@"
}

# get OBJECT INTERFACE PROPERTY - its value alone. busctl writes what is not ASCII as printf reads it.
get() {
    value=$(busctl get-property $S $R/$1 org.vitrine.$2 $3 2>/dev/null) || return
    value=$(printf '%s\n' "${value#* }" | sed "s/^\"\(.*\)\"\$/\1/; s/%/%%/g; s/\\\\\(['\"]\)/\1/g")
    printf "$value\n"
}

# over JOB - waits for a job's end; its state, then its sentence.
over() {
    while [ "$(get jobs/$1 Job1 State)" = running ]; do sleep 0.2; done
    echo "$(get jobs/$1 Job1 State): $(get jobs/$1 Job1 Error)"
}

# start OBJECT METHOD ARGUMENT... - makes a call that gives a job; the job's number.
start() {
    answer=$(call "$@") || return 1
    answer=${answer#*jobs/}
    echo "${answer%%\'*}"
}

# job OBJECT METHOD ARGUMENT... - the same, and waits for the job's end.
job() {
    number=$(start "$@") && over "$number"
}

# create NAME [TEMPLATE [OPTIONS]] - as job.
create() {
    job Manager Manager1.Create "${2:-tiny}" "'$1'" "${3:-{\}}"
}

# act GUEST METHOD - as job.
act() {
    job guests/$1 Guest1.$2
}

# state GUEST - state, domain, whether there is a display, problem.
state() {
    echo "$(get guests/$1 Guest1 State) $(get guests/$1 Guest1 Domid)" \
        "$(get guests/$1 Guest1 HasDisplay) $(get guests/$1 Guest1 Problem)"
}

# soon WORDS COMMAND... - waits until the command's output begins with WORDS; half a minute at most.
soon() {
    words=$1 tries=0
    shift
    while output=$("$@" 2>&1); do
        case $output in "$words"*) echo "$output"; return ;; esac
        tries=$((tries + 1))
        [ $tries -lt 200 ] || { echo "not '$words' but '$output'"; return 1; }
        sleep 0.1
    done
    echo "$output"
    return 1
}

# said GUEST TEXT - waits until a guest has said something on its console.
said() {
    tries=0
    until grep -q "$2" /var/log/xen/console/guest-$1.log 2>/dev/null; do
        tries=$((tries + 1))
        [ $tries -lt 300 ] || { tail -n 20 /var/log/xen/console/guest-$1.log; return 1; }
        sleep 0.3
    done
}

# connected DOMID - waits until both of its displays' devices are connected.
connected() {
    soon 4 xenstore-read /local/domain/0/backend/vfb/$1/0/state &&
        soon 4 xenstore-read /local/domain/0/backend/vkbd/$1/0/state
}

# left - all that guests leave traces in, but for free memory.
left() {
    for path in /local/domain /libxl /vm; do
        echo "$path:" $(xenstore-list $path)
    done
    for class in $(xenstore-list /local/domain/0/backend); do
        echo "backend $class:" $(xenstore-list /local/domain/0/backend/$class)
    done
    echo "processes:" $(pgrep -ax 'vitrine-display|xl|qemu.*')
    echo "loops:" $(losetup -n -O BACK-FILE)
    echo "vifs:" $(ls /sys/class/net | grep vif)
    echo "files:" $(ls $L/guests $L/disks /run/vitrine/display)
    echo "domains:" $(xl list | awk 'NR > 1 { print $1 }')
}
