from alliance_qa.cli import main

main(prog_name="alliance-qa")
