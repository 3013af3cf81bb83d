# SPDX-License-Identifier: GPL-2.0-or-later
# Completion of vitrinectl's commands, options, guests and templates for bash.

# Values of the member $1 in the JSON that the rest of the arguments write.
_vitrinectl_values()
{
    local member=$1
    shift
    "$@" 2>/dev/null | grep -o "\"$member\": \"[^\"]*\"" | sed 's/^[^:]*: "//; s/"$//'
}

_vitrinectl()
{
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
    local program=${COMP_WORDS[0]} command='' words='' position=0 bus=() i

    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
        --session) bus=(--session) ;;
        -m | --memory | -c | --vcpus | --color | --disk | --kind | --iso | --kernel | --initrd | --extra | --disks | --remember) ((i++)) ;;
        -*) ;;
        *)
            [ -n "$command" ] && ((position++))
            command=${command:-${COMP_WORDS[i]}}
            ;;
        esac
    done
    case $before in
    -m | --memory | -c | --vcpus | --color | --disk | --extra) return ;;
    --kernel | --initrd)
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
        return
        ;;
    --kind)
        mapfile -t COMPREPLY < <(compgen -W 'pv pvh hvm' -- "$word")
        return
        ;;
    --disks)
        mapfile -t COMPREPLY < <(compgen -W 'copy move keep' -- "$word")
        return
        ;;
    --remember)
        mapfile -t COMPREPLY < <(compgen -W 'device port kind' -- "$word")
        return
        ;;
    --iso)
        words=$(_vitrinectl_values name "$program" "${bus[@]}" --json isos)
        mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word" && compgen -f -- "$word")
        return
        ;;
    esac
    if [[ $word == -* ]]; then
        words='--json --quiet --session --help'
        [ "$command" = usb ] && words+=' --remember --confirmed'
        [ "$command" = create ] && words+=' --memory --vcpus --color --no-start --iso --disk --kernel --initrd --extra --kind'
        [ "$command" = import ] && words+=' --memory --vcpus --color --no-start --kernel --initrd --extra --kind --disks'
    elif [ -z "$command" ]; then
        words='list info templates create import start shutdown reboot force-off save discard delete pause unpause show set console'
        words+=' isos insert eject watch snapshot snapshots roll-back delete-snapshot clone make-template delete-template screenshot send-keys recipes build-template disks add-disk remove-disk resize-disk usb microphone mute volume switched-off end-guests'
    elif [ "$position" -eq 0 ]; then
        case $command in
        create | delete-template) words=$(_vitrinectl_values id "$program" "${bus[@]}" --json templates) ;;
        info | start | shutdown | reboot | force-off | save | discard | delete | pause | unpause | show | set | insert | eject | console | \
            snapshot | snapshots | roll-back | delete-snapshot | clone | make-template | screenshot | send-keys | disks | add-disk | remove-disk | resize-disk | microphone | mute | volume)
            words=$(_vitrinectl_values name "$program" "${bus[@]}" --json list)
            ;;
        import)
            mapfile -t COMPREPLY < <(compgen -f -- "$word")
            return
            ;;
        build-template) words=$(_vitrinectl_values id "$program" "${bus[@]}" --json recipes) ;;
        switched-off) words='shut-down save' ;;
        usb) words='list assign release remember forget' ;;
        esac
    elif [ "$command" = usb ] && [ "$position" -eq 1 ]; then
        words=$(_vitrinectl_values key "$program" "${bus[@]}" --json usb)
    elif [ "$command" = usb ] && [ "$position" -eq 2 ]; then
        words=$(_vitrinectl_values name "$program" "${bus[@]}" --json list)
    elif [ "$command" = insert ] && [ "$position" -eq 1 ]; then
        words=$(_vitrinectl_values name "$program" "${bus[@]}" --json isos)
    elif [[ $command == remove-disk || $command == resize-disk ]] && [ "$position" -eq 1 ]; then
        words=$(_vitrinectl_values name "$program" "${bus[@]}" --json disks "$before")
    elif [[ $command == roll-back || $command == delete-snapshot ]] && [ "$position" -eq 1 ]; then
        words=$(_vitrinectl_values id "$program" "${bus[@]}" --json snapshots "$before")
    elif [ "$command" = screenshot ] && [ "$position" -eq 1 ]; then
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
        return
    elif [ "$command" = send-keys ]; then
        words='ctrl-alt-del ctrl-alt-f1 ctrl-alt-f2 ctrl-alt-f7 ctrl-alt-backspace ctrl-c enter esc tab space'
    elif [ "$command" = microphone ] && [ "$position" -eq 1 ]; then
        words='on once off'
    elif [ "$command" = mute ] && [ "$position" -eq 1 ]; then
        words='on off'
    elif [ "$command" = build-template ] && [ "$position" -ge 2 ]; then
        words='packages= user= locale= keyboard= title= description='
        compopt -o nospace 2>/dev/null
    elif [ "$command" = set ] && [[ $before$word == *=* ]]; then
        # bash takes the = for a word of its own.
        [ "$word" = = ] && word='' || before=${COMP_WORDS[COMP_CWORD - 2]}
        case $before in
        network) words='nat bridged none' ;;
        network-access) words='all none hosts' ;;
        esac
    elif [ "$command" = set ]; then
        words='memory= maximum-memory= vcpus= weight= network= network-access= network-hosts= color= group= autostart= sound= start-from= monitors='
        compopt -o nospace 2>/dev/null
    fi
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}

complete -F _vitrinectl vitrinectl
