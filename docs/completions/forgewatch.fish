# Rendered from the table of commands: python -m tests.rendered

set -g __forgewatch_verbs \
    'forgewatch init' \
    'forgewatch watch' \
    'forgewatch audit' \
    'forgewatch status' \
    'forgewatch wait' \
    'forgewatch tail' \
    'forgewatch explain' \
    'forgewatch doctor' \
    'forgewatch test' \
    'forgewatch difflog' \
    'forgewatch ledger' \
    'forgewatch signoff' \
    'forgewatch authorize' \
    'forgewatch unblock' \
    'forgewatch dispute' \
    'forgewatch approve' \
    'forgewatch gate' \
    'forgewatch blocks' \
    'forgewatch difflog start' \
    'forgewatch difflog finish' \
    'forgewatch difflog check' \
    'forgewatch difflog finalize' \
    'forgewatch ledger show' \
    'forgewatch ledger summary' \
    'forgewatch ledger commits' \
    'forgewatch ledger verify' \
    'forgewatch ledger proof' \
    'forgewatch ledger export' \
    'forgewatch ledger anchor' \
    'forgewatch ledger adopt' \
    'forgewatch ledger restore' \
    'forgewatch ledger rotate' \
    'forgewatch approve init' \
    'forgewatch approve sign' \
    'forgewatch approve check' \
    'forgewatch gate read' \
    'forgewatch gate evidence' \
    'forgewatch blocks list' \
    'forgewatch blocks apply' \
    'forgewatch blocks follow'
set -g __forgewatch_takes \
    'forgewatch init --boundaries' \
    'forgewatch init --service' \
    'forgewatch init --config' \
    'forgewatch watch --config' \
    'forgewatch audit --claimed-files' \
    'forgewatch audit --phase' \
    'forgewatch audit --profile' \
    'forgewatch audit --base' \
    'forgewatch audit --replay' \
    'forgewatch audit --format' \
    'forgewatch audit --config' \
    'forgewatch status --config' \
    'forgewatch wait --timeout' \
    'forgewatch wait --config' \
    'forgewatch tail --config' \
    'forgewatch doctor --config' \
    'forgewatch test --scope' \
    'forgewatch test --repeat' \
    'forgewatch test --config' \
    'forgewatch difflog start --phase' \
    'forgewatch difflog start --files' \
    'forgewatch difflog start --token' \
    'forgewatch difflog start --summary' \
    'forgewatch difflog start --notes' \
    'forgewatch difflog start --next-steps' \
    'forgewatch difflog start --repository' \
    'forgewatch difflog start --config' \
    'forgewatch difflog finish --verification' \
    'forgewatch difflog finish --status' \
    'forgewatch difflog finish --summary' \
    'forgewatch difflog finish --notes' \
    'forgewatch difflog finish --next-steps' \
    'forgewatch difflog finish --repository' \
    'forgewatch difflog finish --config' \
    'forgewatch difflog check --repository' \
    'forgewatch difflog check --config' \
    'forgewatch difflog finalize --repository' \
    'forgewatch difflog finalize --config' \
    'forgewatch ledger show --config' \
    'forgewatch ledger summary --config' \
    'forgewatch ledger commits --config' \
    'forgewatch ledger verify --key' \
    'forgewatch ledger verify --since' \
    'forgewatch ledger verify --config' \
    'forgewatch ledger proof --repository' \
    'forgewatch ledger proof --config' \
    'forgewatch ledger proof --output' \
    'forgewatch ledger export --repository' \
    'forgewatch ledger export --config' \
    'forgewatch ledger anchor --repository' \
    'forgewatch ledger anchor --config' \
    'forgewatch ledger adopt --reason' \
    'forgewatch ledger adopt --repository' \
    'forgewatch ledger adopt --actor' \
    'forgewatch ledger adopt --config' \
    'forgewatch ledger restore --repository' \
    'forgewatch ledger restore --actor' \
    'forgewatch ledger restore --config' \
    'forgewatch ledger rotate --repository' \
    'forgewatch ledger rotate --actor' \
    'forgewatch ledger rotate --config' \
    'forgewatch signoff --message' \
    'forgewatch signoff --config' \
    'forgewatch authorize --commit' \
    'forgewatch authorize --actor' \
    'forgewatch authorize --request' \
    'forgewatch authorize --sign' \
    'forgewatch authorize --signed' \
    'forgewatch authorize --key' \
    'forgewatch authorize --signature' \
    'forgewatch authorize --phases' \
    'forgewatch authorize --uses' \
    'forgewatch authorize --days' \
    'forgewatch authorize --config' \
    'forgewatch unblock --reason' \
    'forgewatch unblock --phase' \
    'forgewatch unblock --actor' \
    'forgewatch unblock --config' \
    'forgewatch dispute --reason' \
    'forgewatch dispute --check' \
    'forgewatch dispute --actor' \
    'forgewatch dispute --config' \
    'forgewatch approve init --repository' \
    'forgewatch approve init --config' \
    'forgewatch approve sign --key' \
    'forgewatch approve sign --days' \
    'forgewatch approve sign --repository' \
    'forgewatch approve sign --actor' \
    'forgewatch approve sign --config' \
    'forgewatch approve check --paths' \
    'forgewatch approve check --repository' \
    'forgewatch approve check --config' \
    'forgewatch gate read --phase' \
    'forgewatch gate read --actor' \
    'forgewatch gate read --repository' \
    'forgewatch gate read --config' \
    'forgewatch gate evidence --repository' \
    'forgewatch gate evidence --config' \
    'forgewatch blocks list --config' \
    'forgewatch blocks apply --config' \
    'forgewatch blocks follow --config'

# True at this place; with a number, where this operand is next (with `many`: this one or a later one).
function __forgewatch_at
    set -l place forgewatch
    set -l given 1
    set -l skip no
    set -l plain no
    set -l words (commandline -opc)
    set -e words[1]
    for word in $words
        if test $skip = yes
            set skip no
        else if test $plain = yes
            set given (math $given + 1)
        else if test "$word" = --
            set plain yes
        else if contains -- "$place $word" $__forgewatch_takes
            set skip yes
        else if test "$word" != -; and string match -q -- '-*' "$word"
            continue
        else if test $given -eq 1; and contains -- "$place $word" $__forgewatch_verbs
            set place "$place $word"
        else
            set given (math $given + 1)
        end
    end
    test "$place" = "$argv[1]"; or return
    set -q argv[2]; or return 0
    test $given -eq $argv[2]; or test "$argv[3]" = many -a $given -gt $argv[2]
end

complete -c forgewatch -f

complete -c forgewatch -n '__forgewatch_at \'forgewatch\' 1' -a 'init' -d 'create what a governed repository needs; list drift; install the service; make a demo'
complete -c forgewatch -n '__forgewatch_at \'forgewatch\' 1' -a 'watch' -d 'the daemon in the foreground'
complete -c forgewatch -n '__forgewatch_at \'forgewatch\' 1' -a 'audit' -d 'one audit now, recorded like the daemon\'s'
complete -c forgewatch -n '__forgewatch_at \'forgewatch\' 1' -a 'status' -d 'watcher, phase, last outcome, ledger; exit 0 running, 3 not running'
complete -c forgewatch -n '__forgewatch_at \'forgewatch\' 1' -a 'wait' -d 'wait for the result of the current diff log'
complete -c forgewatch -n '__forgewatch_at \'forgewatch\' 1' -a 'tail' -d 'one line per result'
complete -c forgewatch -n '__forgewatch_at \'forgewatch\' 1' -a 'explain' -d 'what a finding code means and how to mend it'
complete -c forgewatch -n '__forgewatch_at \'forgewatch\' 1' -a 'doctor' -d 'environment, limits, configuration, locks; each line with a remedy'
complete -c forgewatch -n '__forgewatch_at \'forgewatch\' 1' -a 'test' -d 'run the tests as evidence: static, runtime, behavior, contract; writes the test record'
complete -c forgewatch -n '__forgewatch_at \'forgewatch\' 1' -a 'difflog' -d 'the contract\'s helper: begin a cycle in the diff log, finish it, check it, finalize it'
complete -c forgewatch -n '__forgewatch_at \'forgewatch\' 1' -a 'ledger' -d 'show, prove or export the record; adopt a commit; restore the ledger file; change the key'
complete -c forgewatch -n '__forgewatch_at \'forgewatch\' 1' -a 'signoff' -d 'the block that ends a phase, and its entry; --auto commits where the directive says so'
complete -c forgewatch -n '__forgewatch_at \'forgewatch\' 1' -a 'authorize' -d '(operator) let the audited tree be committed, once'
complete -c forgewatch -n '__forgewatch_at \'forgewatch\' 1' -a 'unblock' -d '(operator) let a phase go on that used up its loops'
complete -c forgewatch -n '__forgewatch_at \'forgewatch\' 1' -a 'dispute' -d 'say that a FAIL is wrong; a human has to look'
complete -c forgewatch -n '__forgewatch_at \'forgewatch\' 1' -a 'approve' -d 'a task\'s approval before the work: write its contract, sign it, check it'
complete -c forgewatch -n '__forgewatch_at \'forgewatch\' 1' -a 'gate' -d 'what has to be there before work begins: contracts that were read, an evidence bundle that is whole'
complete -c forgewatch -n '__forgewatch_at \'forgewatch\' 1' -a 'blocks' -d 'the files and the plan in what a builder said: list them, write them, follow them while they come'
complete -c forgewatch -n '__forgewatch_at \'forgewatch\'' -s 'h' -l 'help' -d 'show this help message and exit'
complete -c forgewatch -n '__forgewatch_at \'forgewatch\'' -l 'version' -d 'show program\'s version number and exit'
complete -c forgewatch -n '__forgewatch_at \'forgewatch init\'' -s 'h' -l 'help' -d 'show this help message and exit'
complete -c forgewatch -n '__forgewatch_at \'forgewatch init\'' -l 'boundaries' -d 'layer rules for a framework or a language (default: by the manifest)' -x -a '\'fastapi\' \'django\' \'flask\' \'nestjs\' \'next\' \'hono\' \'express\' \'gin\' \'echo\' \'chi\' \'python\' \'typescript\' \'go\''
complete -c forgewatch -n '__forgewatch_at \'forgewatch init\'' -l 'check' -d 'list what is missing or no longer as init makes it; writes nothing'
complete -c forgewatch -n '__forgewatch_at \'forgewatch init\'' -l 'service' -d 'install and enable the systemd unit' -x -a '\'user\' \'system\''
complete -c forgewatch -n '__forgewatch_at \'forgewatch init\'' -l 'uninstall' -d 'with --service: disable and remove exactly what it installed'
complete -c forgewatch -n '__forgewatch_at \'forgewatch init\'' -l 'demo' -d 'fill a new folder with a sample project'
complete -c forgewatch -n '__forgewatch_at \'forgewatch init\'' -l 'json' -d 'the result as JSON'
complete -c forgewatch -n '__forgewatch_at \'forgewatch init\'' -l 'config' -d 'configuration file (default: $FORGEWATCH_CONFIG, then the usual places)' -r -F
complete -c forgewatch -n '__forgewatch_at \'forgewatch init\' 1' -x -a '(__fish_complete_directories)'
complete -c forgewatch -n '__forgewatch_at \'forgewatch watch\'' -s 'h' -l 'help' -d 'show this help message and exit'
complete -c forgewatch -n '__forgewatch_at \'forgewatch watch\'' -l 'detach' -d 'have each PATH (default: here) watched by a process that stays, and return'
complete -c forgewatch -n '__forgewatch_at \'forgewatch watch\'' -l 'config' -d 'configuration file (default: $FORGEWATCH_CONFIG, then the usual places)' -r -F
complete -c forgewatch -n '__forgewatch_at \'forgewatch watch\' 1 many' -x -a '(__fish_complete_directories)'
complete -c forgewatch -n '__forgewatch_at \'forgewatch audit\'' -s 'h' -l 'help' -d 'show this help message and exit'
complete -c forgewatch -n '__forgewatch_at \'forgewatch audit\'' -l 'claimed-files' -d 'what the builder says it changed (default: what the diff log says)' -x
complete -c forgewatch -n '__forgewatch_at \'forgewatch audit\'' -l 'phase' -d 'the phase (default: what the diff log says)' -x
complete -c forgewatch -n '__forgewatch_at \'forgewatch audit\'' -l 'profile' -d 'severity profile; may only be stricter than the configured one' -x -a '\'dev\' \'strict\' \'ci\' \'release\''
complete -c forgewatch -n '__forgewatch_at \'forgewatch audit\'' -l 'base' -d 'for checkouts of a CI: the change is REV..HEAD' -x
complete -c forgewatch -n '__forgewatch_at \'forgewatch audit\'' -l 'replay' -d 'judge the stored inputs of an entry again (its number or its leaf), record nothing' -x
complete -c forgewatch -n '__forgewatch_at \'forgewatch audit\'' -l 'dry-run' -d 'judge, but record nothing'
complete -c forgewatch -n '__forgewatch_at \'forgewatch audit\'' -l 'format' -d 'how the result is written (default: text)' -x -a '\'text\' \'json\' \'sarif\' \'junit\' \'github\' \'markdown\''
complete -c forgewatch -n '__forgewatch_at \'forgewatch audit\'' -l 'json' -d 'the same as --format json'
complete -c forgewatch -n '__forgewatch_at \'forgewatch audit\'' -l 'config' -d 'configuration file (default: $FORGEWATCH_CONFIG, then the usual places)' -r -F
complete -c forgewatch -n '__forgewatch_at \'forgewatch audit\' 1' -x -a '(__fish_complete_directories)'
complete -c forgewatch -n '__forgewatch_at \'forgewatch status\'' -s 'h' -l 'help' -d 'show this help message and exit'
complete -c forgewatch -n '__forgewatch_at \'forgewatch status\'' -l 'watch' -d 'go on, and show what is known whenever it changes; Ctrl-C ends it'
complete -c forgewatch -n '__forgewatch_at \'forgewatch status\'' -l 'json' -d 'the result as JSON'
complete -c forgewatch -n '__forgewatch_at \'forgewatch status\'' -l 'config' -d 'configuration file (default: $FORGEWATCH_CONFIG, then the usual places)' -r -F
complete -c forgewatch -n '__forgewatch_at \'forgewatch status\' 1' -x -a '(__fish_complete_directories)'
complete -c forgewatch -n '__forgewatch_at \'forgewatch wait\'' -s 'h' -l 'help' -d 'show this help message and exit'
complete -c forgewatch -n '__forgewatch_at \'forgewatch wait\'' -l 'timeout' -d 'seconds to wait (default: 120)' -x
complete -c forgewatch -n '__forgewatch_at \'forgewatch wait\'' -l 'json' -d 'the result as JSON'
complete -c forgewatch -n '__forgewatch_at \'forgewatch wait\'' -l 'config' -d 'configuration file (default: $FORGEWATCH_CONFIG, then the usual places)' -r -F
complete -c forgewatch -n '__forgewatch_at \'forgewatch wait\' 1' -x -a '(__fish_complete_directories)'
complete -c forgewatch -n '__forgewatch_at \'forgewatch tail\'' -s 'h' -l 'help' -d 'show this help message and exit'
complete -c forgewatch -n '__forgewatch_at \'forgewatch tail\'' -s 'f' -l 'follow' -d 'go on with what comes'
complete -c forgewatch -n '__forgewatch_at \'forgewatch tail\'' -l 'json' -d 'the result as JSON'
complete -c forgewatch -n '__forgewatch_at \'forgewatch tail\'' -l 'config' -d 'configuration file (default: $FORGEWATCH_CONFIG, then the usual places)' -r -F
complete -c forgewatch -n '__forgewatch_at \'forgewatch tail\' 1' -x -a '(__fish_complete_directories)'
complete -c forgewatch -n '__forgewatch_at \'forgewatch explain\'' -s 'h' -l 'help' -d 'show this help message and exit'
complete -c forgewatch -n '__forgewatch_at \'forgewatch explain\'' -l 'json' -d 'the result as JSON'
complete -c forgewatch -n '__forgewatch_at \'forgewatch explain\' 1' -x
complete -c forgewatch -n '__forgewatch_at \'forgewatch doctor\'' -s 'h' -l 'help' -d 'show this help message and exit'
complete -c forgewatch -n '__forgewatch_at \'forgewatch doctor\'' -l 'json' -d 'the result as JSON'
complete -c forgewatch -n '__forgewatch_at \'forgewatch doctor\'' -l 'config' -d 'configuration file (default: $FORGEWATCH_CONFIG, then the usual places)' -r -F
complete -c forgewatch -n '__forgewatch_at \'forgewatch doctor\' 1' -x -a '(__fish_complete_directories)'
complete -c forgewatch -n '__forgewatch_at \'forgewatch test\'' -s 'h' -l 'help' -d 'show this help message and exit'
complete -c forgewatch -n '__forgewatch_at \'forgewatch test\'' -l 'scope' -d 'one side only; such a record is not attested' -x -a '\'backend\' \'frontend\''
complete -c forgewatch -n '__forgewatch_at \'forgewatch test\'' -l 'offline' -d 'no network, whatever the configuration allows'
complete -c forgewatch -n '__forgewatch_at \'forgewatch test\'' -l 'repeat' -d 'run the tests N times on fresh copies; they have to end the same' -x
complete -c forgewatch -n '__forgewatch_at \'forgewatch test\'' -l 'json' -d 'the result as JSON'
complete -c forgewatch -n '__forgewatch_at \'forgewatch test\'' -l 'config' -d 'configuration file (default: $FORGEWATCH_CONFIG, then the usual places)' -r -F
complete -c forgewatch -n '__forgewatch_at \'forgewatch test\' 1' -x -a '(__fish_complete_directories)'
complete -c forgewatch -n '__forgewatch_at \'forgewatch difflog\' 1' -a 'start' -d 'summarise the previous cycle, then write a log that is IN_PROCESS'
complete -c forgewatch -n '__forgewatch_at \'forgewatch difflog\' 1' -a 'finish' -d 'write what changed, and the log COMPLETE, when nothing would be said against it'
complete -c forgewatch -n '__forgewatch_at \'forgewatch difflog\' 1' -a 'check' -d 'what an audit would say of the log by itself; exit 1 when it would say something'
complete -c forgewatch -n '__forgewatch_at \'forgewatch difflog\' 1' -a 'finalize' -d 'the last step: no placeholder is left, and nothing is missing'
complete -c forgewatch -n '__forgewatch_at \'forgewatch difflog\'' -s 'h' -l 'help' -d 'show this help message and exit'
complete -c forgewatch -n '__forgewatch_at \'forgewatch difflog start\'' -s 'h' -l 'help' -d 'show this help message and exit'
complete -c forgewatch -n '__forgewatch_at \'forgewatch difflog start\'' -l 'phase' -d 'the phase, as \'Phase 3 -- Auth\'; may be left out with --skeleton: that of the last log' -x
complete -c forgewatch -n '__forgewatch_at \'forgewatch difflog start\'' -l 'files' -d 'the files that are planned to change; folders too' -r -F
complete -c forgewatch -n '__forgewatch_at \'forgewatch difflog start\'' -l 'skeleton' -d 'leave a TODO wherever nothing is given, to be filled in by hand'
complete -c forgewatch -n '__forgewatch_at \'forgewatch difflog start\'' -l 'token' -d 'OVERWRITE: the operator lets the log be overwritten on a dirty tree (without AEM)' -x
complete -c forgewatch -n '__forgewatch_at \'forgewatch difflog start\'' -l 'watch' -d 'have a watcher run on the repository, if none does'
complete -c forgewatch -n '__forgewatch_at \'forgewatch difflog start\'' -l 'summary' -d 'the summary, a line each' -x
complete -c forgewatch -n '__forgewatch_at \'forgewatch difflog start\'' -l 'notes' -d 'the notes (default: None)' -x
complete -c forgewatch -n '__forgewatch_at \'forgewatch difflog start\'' -l 'next-steps' -d 'the next steps (default: None)' -x
complete -c forgewatch -n '__forgewatch_at \'forgewatch difflog start\'' -l 'repository' -d 'any folder of the repository (default: here)' -x -a '(__fish_complete_directories)'
complete -c forgewatch -n '__forgewatch_at \'forgewatch difflog start\'' -l 'json' -d 'the result as JSON'
complete -c forgewatch -n '__forgewatch_at \'forgewatch difflog start\'' -l 'config' -d 'configuration file (default: $FORGEWATCH_CONFIG, then the usual places)' -r -F
complete -c forgewatch -n '__forgewatch_at \'forgewatch difflog finish\'' -s 'h' -l 'help' -d 'show this help message and exit'
complete -c forgewatch -n '__forgewatch_at \'forgewatch difflog finish\'' -l 'verification' -d 'the result of a part that the test record does not tell: static, runtime, behavior, contract' -x
complete -c forgewatch -n '__forgewatch_at \'forgewatch difflog finish\'' -l 'status' -d 'blocked: give the cycle up (default: complete)' -x -a '\'complete\' \'blocked\''
complete -c forgewatch -n '__forgewatch_at \'forgewatch difflog finish\'' -l 'summary' -d 'the summary, a line each' -x
complete -c forgewatch -n '__forgewatch_at \'forgewatch difflog finish\'' -l 'notes' -d 'the notes (default: None)' -x
complete -c forgewatch -n '__forgewatch_at \'forgewatch difflog finish\'' -l 'next-steps' -d 'the next steps (default: None)' -x
complete -c forgewatch -n '__forgewatch_at \'forgewatch difflog finish\'' -l 'repository' -d 'any folder of the repository (default: here)' -x -a '(__fish_complete_directories)'
complete -c forgewatch -n '__forgewatch_at \'forgewatch difflog finish\'' -l 'json' -d 'the result as JSON'
complete -c forgewatch -n '__forgewatch_at \'forgewatch difflog finish\'' -l 'config' -d 'configuration file (default: $FORGEWATCH_CONFIG, then the usual places)' -r -F
complete -c forgewatch -n '__forgewatch_at \'forgewatch difflog check\'' -s 'h' -l 'help' -d 'show this help message and exit'
complete -c forgewatch -n '__forgewatch_at \'forgewatch difflog check\'' -l 'repository' -d 'any folder of the repository (default: here)' -x -a '(__fish_complete_directories)'
complete -c forgewatch -n '__forgewatch_at \'forgewatch difflog check\'' -l 'json' -d 'the result as JSON'
complete -c forgewatch -n '__forgewatch_at \'forgewatch difflog check\'' -l 'config' -d 'configuration file (default: $FORGEWATCH_CONFIG, then the usual places)' -r -F
complete -c forgewatch -n '__forgewatch_at \'forgewatch difflog check\' 1' -r -F
complete -c forgewatch -n '__forgewatch_at \'forgewatch difflog finalize\'' -s 'h' -l 'help' -d 'show this help message and exit'
complete -c forgewatch -n '__forgewatch_at \'forgewatch difflog finalize\'' -l 'repository' -d 'any folder of the repository (default: here)' -x -a '(__fish_complete_directories)'
complete -c forgewatch -n '__forgewatch_at \'forgewatch difflog finalize\'' -l 'json' -d 'the result as JSON'
complete -c forgewatch -n '__forgewatch_at \'forgewatch difflog finalize\'' -l 'config' -d 'configuration file (default: $FORGEWATCH_CONFIG, then the usual places)' -r -F
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger\' 1' -a 'show' -d 'the entries, each with its last outcome'
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger\' 1' -a 'summary' -d 'what a new session has to know: last sign-off, last outcome, what still fails'
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger\' 1' -a 'commits' -d 'the commits that have no entry; exit 1 when there are such'
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger\' 1' -a 'verify' -d 'prove the journal: signatures, tree, checkpoint, ledger file; exit 1 when it does not hold'
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger\' 1' -a 'proof' -d 'a receipt for one entry, checkable offline (C2SP tlog-proof)'
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger\' 1' -a 'export' -d 'the journal, its checkpoint, its key and a verifier of their own into a new folder'
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger\' 1' -a 'anchor' -d 'keep the newest checkpoint in the anchor\'s repository, as the daemon does; exit 1 when they disagree'
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger\' 1' -a 'adopt' -d '(operator) move the anchor to COMMIT, HEAD by default'
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger\' 1' -a 'restore' -d '(operator) write the ledger file back from the journal'
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger\' 1' -a 'rotate' -d '(operator) sign with a new key from now on'
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger\'' -s 'h' -l 'help' -d 'show this help message and exit'
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger show\'' -s 'h' -l 'help' -d 'show this help message and exit'
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger show\'' -l 'json' -d 'the result as JSON'
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger show\'' -l 'config' -d 'configuration file (default: $FORGEWATCH_CONFIG, then the usual places)' -r -F
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger show\' 1' -x -a '(__fish_complete_directories)'
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger summary\'' -s 'h' -l 'help' -d 'show this help message and exit'
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger summary\'' -l 'json' -d 'the result as JSON'
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger summary\'' -l 'config' -d 'configuration file (default: $FORGEWATCH_CONFIG, then the usual places)' -r -F
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger summary\' 1' -x -a '(__fish_complete_directories)'
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger commits\'' -s 'h' -l 'help' -d 'show this help message and exit'
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger commits\'' -l 'json' -d 'the result as JSON'
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger commits\'' -l 'config' -d 'configuration file (default: $FORGEWATCH_CONFIG, then the usual places)' -r -F
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger commits\' 1' -x -a '(__fish_complete_directories)'
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger verify\'' -s 'h' -l 'help' -d 'show this help message and exit'
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger verify\'' -l 'key' -d 'the first public key, as you got it (default: the one in the state folder)' -r -F
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger verify\'' -l 'since' -d 'a checkpoint or a receipt that was kept earlier' -r -F
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger verify\'' -l 'json' -d 'the result as JSON'
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger verify\'' -l 'config' -d 'configuration file (default: $FORGEWATCH_CONFIG, then the usual places)' -r -F
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger verify\' 1' -x -a '(__fish_complete_directories)'
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger proof\'' -s 'h' -l 'help' -d 'show this help message and exit'
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger proof\'' -l 'repository' -d 'the same as PATH' -x -a '(__fish_complete_directories)'
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger proof\'' -l 'config' -d 'configuration file (default: $FORGEWATCH_CONFIG, then the usual places)' -r -F
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger proof\'' -l 'output' -d 'write it there (default: standard output)' -r -F
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger proof\' 1' -x
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger proof\' 2' -x -a '(__fish_complete_directories)'
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger export\'' -s 'h' -l 'help' -d 'show this help message and exit'
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger export\'' -l 'repository' -d 'the same as PATH' -x -a '(__fish_complete_directories)'
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger export\'' -l 'config' -d 'configuration file (default: $FORGEWATCH_CONFIG, then the usual places)' -r -F
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger export\' 1' -x
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger export\' 2' -x -a '(__fish_complete_directories)'
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger anchor\'' -s 'h' -l 'help' -d 'show this help message and exit'
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger anchor\'' -l 'repository' -d 'the same as PATH' -x -a '(__fish_complete_directories)'
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger anchor\'' -l 'config' -d 'configuration file (default: $FORGEWATCH_CONFIG, then the usual places)' -r -F
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger anchor\'' -l 'json' -d 'the result as JSON'
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger anchor\' 1' -x -a '(__fish_complete_directories)'
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger adopt\'' -s 'h' -l 'help' -d 'show this help message and exit'
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger adopt\'' -l 'reason' -d 'kept in the record' -x
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger adopt\'' -l 'repository' -d 'the same as PATH' -x -a '(__fish_complete_directories)'
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger adopt\'' -l 'yes' -d 'do not ask (needed without a terminal)'
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger adopt\'' -l 'actor' -d 'who decides (default: the user\'s name)' -x
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger adopt\'' -l 'json' -d 'the result as JSON'
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger adopt\'' -l 'config' -d 'configuration file (default: $FORGEWATCH_CONFIG, then the usual places)' -r -F
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger adopt\' 1' -x
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger adopt\' 2' -x -a '(__fish_complete_directories)'
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger restore\'' -s 'h' -l 'help' -d 'show this help message and exit'
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger restore\'' -l 'repository' -d 'the same as PATH' -x -a '(__fish_complete_directories)'
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger restore\'' -l 'yes' -d 'do not ask (needed without a terminal)'
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger restore\'' -l 'actor' -d 'who decides (default: the user\'s name)' -x
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger restore\'' -l 'json' -d 'the result as JSON'
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger restore\'' -l 'config' -d 'configuration file (default: $FORGEWATCH_CONFIG, then the usual places)' -r -F
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger restore\' 1' -x -a '(__fish_complete_directories)'
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger rotate\'' -s 'h' -l 'help' -d 'show this help message and exit'
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger rotate\'' -l 'repository' -d 'the same as PATH' -x -a '(__fish_complete_directories)'
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger rotate\'' -l 'yes' -d 'do not ask (needed without a terminal)'
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger rotate\'' -l 'actor' -d 'who decides (default: the user\'s name)' -x
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger rotate\'' -l 'json' -d 'the result as JSON'
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger rotate\'' -l 'config' -d 'configuration file (default: $FORGEWATCH_CONFIG, then the usual places)' -r -F
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger rotate\' 1' -x -a '(__fish_complete_directories)'
complete -c forgewatch -n '__forgewatch_at \'forgewatch signoff\'' -s 'h' -l 'help' -d 'show this help message and exit'
complete -c forgewatch -n '__forgewatch_at \'forgewatch signoff\'' -l 'auto' -d 'authorize by the directive\'s Auto-authorize, and commit the audited tree'
complete -c forgewatch -n '__forgewatch_at \'forgewatch signoff\'' -l 'message' -d 'with --auto: the commit\'s message (default: the phase)' -x
complete -c forgewatch -n '__forgewatch_at \'forgewatch signoff\'' -l 'json' -d 'the result as JSON'
complete -c forgewatch -n '__forgewatch_at \'forgewatch signoff\'' -l 'config' -d 'configuration file (default: $FORGEWATCH_CONFIG, then the usual places)' -r -F
complete -c forgewatch -n '__forgewatch_at \'forgewatch signoff\' 1' -x -a '(__fish_complete_directories)'
complete -c forgewatch -n '__forgewatch_at \'forgewatch authorize\'' -s 'h' -l 'help' -d 'show this help message and exit'
complete -c forgewatch -n '__forgewatch_at \'forgewatch authorize\'' -l 'commit' -d 'commit the audited tree and the evidence, running nothing of the repository\'s' -x
complete -c forgewatch -n '__forgewatch_at \'forgewatch authorize\'' -l 'yes' -d 'do not ask (needed without a terminal)'
complete -c forgewatch -n '__forgewatch_at \'forgewatch authorize\'' -l 'actor' -d 'who decides (default: the user\'s name)' -x
complete -c forgewatch -n '__forgewatch_at \'forgewatch authorize\'' -l 'request' -d 'only write the request to be signed into a new file' -r -F
complete -c forgewatch -n '__forgewatch_at \'forgewatch authorize\'' -l 'sign' -d 'only add a signature to the request in this file, with --key or --signature' -r -F
complete -c forgewatch -n '__forgewatch_at \'forgewatch authorize\'' -l 'signed' -d 'authorize by the signed request in this file' -r -F
complete -c forgewatch -n '__forgewatch_at \'forgewatch authorize\'' -l 'key' -d 'the SSH key that signs: by itself, or with --sign or --standing' -r -F
complete -c forgewatch -n '__forgewatch_at \'forgewatch authorize\'' -l 'signature' -d 'with --sign: a signature that ssh-keygen -Y sign made' -r -F
complete -c forgewatch -n '__forgewatch_at \'forgewatch authorize\'' -l 'standing' -d 'give a standing grant for Auto-authorize instead; it has to be signed'
complete -c forgewatch -n '__forgewatch_at \'forgewatch authorize\'' -l 'phases' -d 'with --standing: the phases it covers' -x
complete -c forgewatch -n '__forgewatch_at \'forgewatch authorize\'' -l 'uses' -d 'with --standing: how many commits it covers' -x
complete -c forgewatch -n '__forgewatch_at \'forgewatch authorize\'' -l 'days' -d 'with --standing: how long it holds (default: 7)' -x
complete -c forgewatch -n '__forgewatch_at \'forgewatch authorize\'' -l 'json' -d 'the result as JSON'
complete -c forgewatch -n '__forgewatch_at \'forgewatch authorize\'' -l 'config' -d 'configuration file (default: $FORGEWATCH_CONFIG, then the usual places)' -r -F
complete -c forgewatch -n '__forgewatch_at \'forgewatch authorize\' 1' -x -a '(__fish_complete_directories)'
complete -c forgewatch -n '__forgewatch_at \'forgewatch unblock\'' -s 'h' -l 'help' -d 'show this help message and exit'
complete -c forgewatch -n '__forgewatch_at \'forgewatch unblock\'' -l 'reason' -d 'why it may go on; kept in the record' -x
complete -c forgewatch -n '__forgewatch_at \'forgewatch unblock\'' -l 'phase' -d 'the phase (default: that of the newest audit)' -x
complete -c forgewatch -n '__forgewatch_at \'forgewatch unblock\'' -l 'yes' -d 'do not ask (needed without a terminal)'
complete -c forgewatch -n '__forgewatch_at \'forgewatch unblock\'' -l 'actor' -d 'who decides (default: the user\'s name)' -x
complete -c forgewatch -n '__forgewatch_at \'forgewatch unblock\'' -l 'json' -d 'the result as JSON'
complete -c forgewatch -n '__forgewatch_at \'forgewatch unblock\'' -l 'config' -d 'configuration file (default: $FORGEWATCH_CONFIG, then the usual places)' -r -F
complete -c forgewatch -n '__forgewatch_at \'forgewatch unblock\' 1' -x -a '(__fish_complete_directories)'
complete -c forgewatch -n '__forgewatch_at \'forgewatch dispute\'' -s 'h' -l 'help' -d 'show this help message and exit'
complete -c forgewatch -n '__forgewatch_at \'forgewatch dispute\'' -l 'reason' -d 'what is wrong with it; kept in the record' -x
complete -c forgewatch -n '__forgewatch_at \'forgewatch dispute\'' -l 'check' -d 'the check that is disputed (default: all that failed)' -x
complete -c forgewatch -n '__forgewatch_at \'forgewatch dispute\'' -l 'actor' -d 'who says so (default: the user\'s name)' -x
complete -c forgewatch -n '__forgewatch_at \'forgewatch dispute\'' -l 'json' -d 'the result as JSON'
complete -c forgewatch -n '__forgewatch_at \'forgewatch dispute\'' -l 'config' -d 'configuration file (default: $FORGEWATCH_CONFIG, then the usual places)' -r -F
complete -c forgewatch -n '__forgewatch_at \'forgewatch dispute\' 1' -x
complete -c forgewatch -n '__forgewatch_at \'forgewatch dispute\' 2' -x -a '(__fish_complete_directories)'
complete -c forgewatch -n '__forgewatch_at \'forgewatch approve\' 1' -a 'init' -d 'write the contract of a new task, for a person to fill in'
complete -c forgewatch -n '__forgewatch_at \'forgewatch approve\' 1' -a 'sign' -d '(a person) approve what the contract says, and write the gate file'
complete -c forgewatch -n '__forgewatch_at \'forgewatch approve\' 1' -a 'check' -d 'is the task approved, as everything is now? exit 1 when it is not'
complete -c forgewatch -n '__forgewatch_at \'forgewatch approve\'' -s 'h' -l 'help' -d 'show this help message and exit'
complete -c forgewatch -n '__forgewatch_at \'forgewatch approve init\'' -s 'h' -l 'help' -d 'show this help message and exit'
complete -c forgewatch -n '__forgewatch_at \'forgewatch approve init\'' -l 'repository' -d 'the same as PATH' -x -a '(__fish_complete_directories)'
complete -c forgewatch -n '__forgewatch_at \'forgewatch approve init\'' -l 'json' -d 'the result as JSON'
complete -c forgewatch -n '__forgewatch_at \'forgewatch approve init\'' -l 'config' -d 'configuration file (default: $FORGEWATCH_CONFIG, then the usual places)' -r -F
complete -c forgewatch -n '__forgewatch_at \'forgewatch approve init\' 1' -x
complete -c forgewatch -n '__forgewatch_at \'forgewatch approve init\' 2' -x -a '(__fish_complete_directories)'
complete -c forgewatch -n '__forgewatch_at \'forgewatch approve sign\'' -s 'h' -l 'help' -d 'show this help message and exit'
complete -c forgewatch -n '__forgewatch_at \'forgewatch approve sign\'' -l 'key' -d 'sign the request with this SSH key (a public one stands for a key in the agent)' -r -F
complete -c forgewatch -n '__forgewatch_at \'forgewatch approve sign\'' -l 'add' -d 'add a signature to the request that is there'
complete -c forgewatch -n '__forgewatch_at \'forgewatch approve sign\'' -l 'days' -d 'days until a signed request expires (default: 7)' -x
complete -c forgewatch -n '__forgewatch_at \'forgewatch approve sign\'' -l 'repository' -d 'the same as PATH' -x -a '(__fish_complete_directories)'
complete -c forgewatch -n '__forgewatch_at \'forgewatch approve sign\'' -l 'yes' -d 'do not ask (needed without a terminal)'
complete -c forgewatch -n '__forgewatch_at \'forgewatch approve sign\'' -l 'actor' -d 'who decides (default: the user\'s name)' -x
complete -c forgewatch -n '__forgewatch_at \'forgewatch approve sign\'' -l 'json' -d 'the result as JSON'
complete -c forgewatch -n '__forgewatch_at \'forgewatch approve sign\'' -l 'config' -d 'configuration file (default: $FORGEWATCH_CONFIG, then the usual places)' -r -F
complete -c forgewatch -n '__forgewatch_at \'forgewatch approve sign\' 1' -x
complete -c forgewatch -n '__forgewatch_at \'forgewatch approve sign\' 2' -x -a '(__fish_complete_directories)'
complete -c forgewatch -n '__forgewatch_at \'forgewatch approve check\'' -s 'h' -l 'help' -d 'show this help message and exit'
complete -c forgewatch -n '__forgewatch_at \'forgewatch approve check\'' -l 'paths' -d 'are these paths in the approved scope?' -x
complete -c forgewatch -n '__forgewatch_at \'forgewatch approve check\'' -l 'repository' -d 'the same as PATH' -x -a '(__fish_complete_directories)'
complete -c forgewatch -n '__forgewatch_at \'forgewatch approve check\'' -l 'json' -d 'the result as JSON'
complete -c forgewatch -n '__forgewatch_at \'forgewatch approve check\'' -l 'config' -d 'configuration file (default: $FORGEWATCH_CONFIG, then the usual places)' -r -F
complete -c forgewatch -n '__forgewatch_at \'forgewatch approve check\' 1' -x
complete -c forgewatch -n '__forgewatch_at \'forgewatch approve check\' 2' -x -a '(__fish_complete_directories)'
complete -c forgewatch -n '__forgewatch_at \'forgewatch gate\' 1' -a 'read' -d 'what has to be read before the work, in order, and whether new work may begin; exit 1 when not'
complete -c forgewatch -n '__forgewatch_at \'forgewatch gate\' 1' -a 'evidence' -d 'is the evidence bundle of a change request whole? exit 1 when it is not'
complete -c forgewatch -n '__forgewatch_at \'forgewatch gate\'' -s 'h' -l 'help' -d 'show this help message and exit'
complete -c forgewatch -n '__forgewatch_at \'forgewatch gate read\'' -s 'h' -l 'help' -d 'show this help message and exit'
complete -c forgewatch -n '__forgewatch_at \'forgewatch gate read\'' -l 'phase' -d 'the phase that is to begin (default: what the directive says, else the diff log)' -x
complete -c forgewatch -n '__forgewatch_at \'forgewatch gate read\'' -l 'ack' -d 'record that it was read as it is now; audits note what changed since'
complete -c forgewatch -n '__forgewatch_at \'forgewatch gate read\'' -l 'actor' -d 'with --ack: who read it (default: the user\'s name)' -x
complete -c forgewatch -n '__forgewatch_at \'forgewatch gate read\'' -l 'repository' -d 'the same as PATH' -x -a '(__fish_complete_directories)'
complete -c forgewatch -n '__forgewatch_at \'forgewatch gate read\'' -l 'json' -d 'the result as JSON'
complete -c forgewatch -n '__forgewatch_at \'forgewatch gate read\'' -l 'config' -d 'configuration file (default: $FORGEWATCH_CONFIG, then the usual places)' -r -F
complete -c forgewatch -n '__forgewatch_at \'forgewatch gate read\' 1' -x -a '(__fish_complete_directories)'
complete -c forgewatch -n '__forgewatch_at \'forgewatch gate evidence\'' -s 'h' -l 'help' -d 'show this help message and exit'
complete -c forgewatch -n '__forgewatch_at \'forgewatch gate evidence\'' -l 'template' -d 'print a bundle to be filled in, and do nothing else'
complete -c forgewatch -n '__forgewatch_at \'forgewatch gate evidence\'' -l 'repository' -d 'the same as PATH' -x -a '(__fish_complete_directories)'
complete -c forgewatch -n '__forgewatch_at \'forgewatch gate evidence\'' -l 'json' -d 'the result as JSON'
complete -c forgewatch -n '__forgewatch_at \'forgewatch gate evidence\'' -l 'config' -d 'configuration file (default: $FORGEWATCH_CONFIG, then the usual places)' -r -F
complete -c forgewatch -n '__forgewatch_at \'forgewatch gate evidence\' 1' -r -F
complete -c forgewatch -n '__forgewatch_at \'forgewatch gate evidence\' 2' -x -a '(__fish_complete_directories)'
complete -c forgewatch -n '__forgewatch_at \'forgewatch blocks\' 1' -a 'list' -d 'the files that the text defines, and what `apply` would do with each'
complete -c forgewatch -n '__forgewatch_at \'forgewatch blocks\' 1' -a 'apply' -d 'write them: each at once, inside the repository only'
complete -c forgewatch -n '__forgewatch_at \'forgewatch blocks\' 1' -a 'follow' -d 'one JSON event per line while the text grows; the newest plan is shown by status'
complete -c forgewatch -n '__forgewatch_at \'forgewatch blocks\'' -s 'h' -l 'help' -d 'show this help message and exit'
complete -c forgewatch -n '__forgewatch_at \'forgewatch blocks list\'' -s 'h' -l 'help' -d 'show this help message and exit'
complete -c forgewatch -n '__forgewatch_at \'forgewatch blocks list\'' -l 'json' -d 'the result as JSON'
complete -c forgewatch -n '__forgewatch_at \'forgewatch blocks list\'' -l 'config' -d 'configuration file (default: $FORGEWATCH_CONFIG, then the usual places)' -r -F
complete -c forgewatch -n '__forgewatch_at \'forgewatch blocks list\' 1' -r -F
complete -c forgewatch -n '__forgewatch_at \'forgewatch blocks list\' 2' -x -a '(__fish_complete_directories)'
complete -c forgewatch -n '__forgewatch_at \'forgewatch blocks apply\'' -s 'h' -l 'help' -d 'show this help message and exit'
complete -c forgewatch -n '__forgewatch_at \'forgewatch blocks apply\'' -l 'json' -d 'the result as JSON'
complete -c forgewatch -n '__forgewatch_at \'forgewatch blocks apply\'' -l 'config' -d 'configuration file (default: $FORGEWATCH_CONFIG, then the usual places)' -r -F
complete -c forgewatch -n '__forgewatch_at \'forgewatch blocks apply\'' -l 'dry-run' -d 'write nothing; say what would be'
complete -c forgewatch -n '__forgewatch_at \'forgewatch blocks apply\' 1' -r -F
complete -c forgewatch -n '__forgewatch_at \'forgewatch blocks apply\' 2' -x -a '(__fish_complete_directories)'
complete -c forgewatch -n '__forgewatch_at \'forgewatch blocks follow\'' -s 'h' -l 'help' -d 'show this help message and exit'
complete -c forgewatch -n '__forgewatch_at \'forgewatch blocks follow\'' -l 'json' -d 'the same: events are JSON in any case'
complete -c forgewatch -n '__forgewatch_at \'forgewatch blocks follow\'' -l 'config' -d 'configuration file (default: $FORGEWATCH_CONFIG, then the usual places)' -r -F
complete -c forgewatch -n '__forgewatch_at \'forgewatch blocks follow\'' -l 'once' -d 'stop at the end of FILE (default: wait for more until interrupted)'
complete -c forgewatch -n '__forgewatch_at \'forgewatch blocks follow\' 1' -r -F
complete -c forgewatch -n '__forgewatch_at \'forgewatch blocks follow\' 2' -x -a '(__fish_complete_directories)'
